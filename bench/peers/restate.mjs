/** The workload as a handler of a Restate service: the SDK's HTTP/2 endpoint and the client share this process. */
import { once } from "node:events";
import { createServer } from "node:http2";
import { measureWorkflows, stepResult, STEPS } from "./workload.mjs";

/** @param {{ ingress: string, admin: string, counts: import("./workload.mjs").Counts }} task */
export async function measure({ ingress, admin, counts }) {
  // The SDK calls Promise.withResolvers, which Node 20 lacks: without this every invocation is retried for ever.
  Promise.withResolvers ??= withResolvers;
  const restate = await import("@restatedev/restate-sdk");
  const tenSteps = restate.service({
    name: "tenSteps",
    handlers: {
      run: async (context, run) => {
        let sum = 0;
        for (let step = 0; step < STEPS; step += 1)
          sum += (await context.run(`step-${step}`, () => stepResult(run, step))).value;
        return sum;
      },
    },
  });
  const handler = restate.createEndpointHandler({ services: [tenSteps], logger: logErrors });
  const endpoint = createServer(handler).listen(0, "127.0.0.1");
  await once(endpoint, "listening");
  await post(`${admin}/deployments`, { uri: `http://127.0.0.1:${endpoint.address().port}` });
  return measureWorkflows((run) => post(`${ingress}/tenSteps/run`, run), counts);
}

async function post(address, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Two lines per invocation, its default, would be measured too. */
function logErrors({ level }, message, ...rest) {
  if (level === "error") console.error(message, ...rest);
}

function withResolvers() {
  let resolve, reject;
  const promise = new this((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}
