/** The workload as a DBOS Transact workflow, called and awaited in the process that runs it (its fastest way). */
import { DBOS } from "@dbos-inc/dbos-sdk";
import { measureWorkflows, stepResult, STEPS } from "./workload.mjs";

/** @param {{ url: string, counts: import("./workload.mjs").Counts }} task */
export async function measure({ url, counts }) {
  DBOS.setConfig({
    name: "mfm-peer",
    systemDatabaseUrl: url,
    logLevel: "error",
    enableOTLP: false,
    tracingEnabled: false,
  });
  const tenSteps = DBOS.registerWorkflow(
    async (run) => {
      let sum = 0;
      for (let step = 0; step < STEPS; step += 1) {
        sum += (await DBOS.runStep(async () => stepResult(run, step), { name: `step-${step}` }))
          .value;
      }
      return sum;
    },
    { name: "tenSteps" },
  );
  // No conductor key: nothing here connects to DBOS's cloud.
  await DBOS.launch();
  try {
    return await measureWorkflows(tenSteps, counts);
  } finally {
    await DBOS.shutdown();
  }
}
