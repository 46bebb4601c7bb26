/** Passing calls on to a real node, those that come at once in one request. */
import { request } from "undici";

export interface RpcCall {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

export interface RpcAnswer {
  readonly id: number | null;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** Calls that are to go on to a node, gathered until those who ask at once have asked: they go in one request. */
const gathered = new Map<
  string,
  { readonly call: RpcCall; readonly resolve: (answer: RpcAnswer) => void; readonly reject: (error: unknown) => void }[]
>();

export function forward(node: string, call: RpcCall): Promise<RpcAnswer> {
  return new Promise((resolve, reject) => {
    const waiting = gathered.get(node);
    if (waiting !== undefined) return void waiting.push({ call, resolve, reject });
    const together = [{ call, resolve, reject }];
    gathered.set(node, together);
    setImmediate(() => {
      gathered.delete(node);
      const calls = together.map((one, id) => ({ jsonrpc: "2.0", ...one.call, id }));
      ask(node, calls).then(
        (answers) =>
          together.forEach((one, id) => {
            const answer = answers.find((given) => given.id === id);
            if (answer === undefined) one.reject(new Error(`no answer to ${one.call.method}`));
            else one.resolve({ ...answer, id: one.call.id });
          }),
        (error: unknown) => together.forEach((one) => one.reject(error)),
      );
    });
  });
}

async function ask(node: string, calls: readonly RpcCall[]): Promise<readonly RpcAnswer[]> {
  const { body } = await request(node, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(calls) });
  return (await body.json()) as readonly RpcAnswer[];
}
