/** A provider: one JSON-RPC endpoint under the name that facts know it by. Requests go to it one by one; how they travel is its own business. */
import type { FailureReason } from "../../capabilities/evm/failure.ts";
import type { RpcFault } from "./rpc-errors.ts";

export interface Provider {
  /** Its name in the configuration, which facts record; never its URL. */
  readonly ref: string;
  /**
   * The `result` of one JSON-RPC call. It settles within the provider's own time limit.
   * @throws RpcFailure for everything that is no result; the reason of `signal` when that is aborted
   */
  readonly request: (method: string, params: readonly unknown[], signal: AbortSignal) => Promise<unknown>;
}

/** Why a request had no result. Its message is for the log, the node's own words without secrets: it never enters an event. */
export class RpcFailure extends Error {
  readonly reason: FailureReason;
  /** The JSON-RPC error code, where the node answered with an error. */
  readonly code: number | undefined;
  /** What the node meant, where it answered with an error; for a reverted call, with what the contract returned. */
  readonly fault: RpcFault | undefined;
  /** How long the provider asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(
    reason: FailureReason,
    message: string,
    details: { readonly code?: number | undefined; readonly fault?: RpcFault; readonly retryAfterMs?: number | undefined } = {},
  ) {
    // No cause: what HTTP clients throw holds addresses and headers.
    super(message);
    this.name = "RpcFailure";
    this.reason = reason;
    this.code = details.code;
    this.fault = details.fault;
    this.retryAfterMs = details.retryAfterMs;
  }
}
