/** JSON-RPC over HTTP to a chain of our own on loopback: no retries, no failover. @see https://www.jsonrpc.org/specification */
import { MfmError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

interface RpcAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/**
 * The results of several calls, sent as one batch, in their order.
 * @throws DEV_CHAIN_CALL_FAILED when one of them is refused
 * @throws DEV_CHAIN_GONE when nobody answers
 */
export async function callBatch(url: string, calls: readonly RpcCall[]): Promise<unknown[]> {
  const answers = await post(
    url,
    calls.map(({ method, params }, id) => ({ jsonrpc: "2.0", id, method, params })),
  );
  const byId = new Map((answers as readonly RpcAnswer[]).map((answer) => [answer.id, answer]));
  return calls.map(({ method }, id) => {
    const { error, result } = byId.get(id) ?? { error: { code: 0, message: "no answer" } };
    if (error === undefined) return result;
    throw new MfmError("DEV_CHAIN_CALL_FAILED", `${method}: ${error.message}`, { method, code: error.code as Json });
  });
}

async function post(url: string, body: unknown): Promise<unknown> {
  try {
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    return await response.json();
  } catch (error) {
    throw new MfmError("DEV_CHAIN_GONE", "the chain on this machine does not answer", {}, error);
  }
}
