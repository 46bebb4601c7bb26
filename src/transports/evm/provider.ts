/** A provider: one JSON-RPC endpoint under the name that facts know it by. Requests go to it one by one; how they travel is its own business. */
import type { FailureReason } from "../../capabilities/evm/failure.ts";

export interface Provider {
  /** Its name in the configuration, which facts record; never its URL. */
  readonly ref: string;
  /**
   * The `result` of one JSON-RPC call.
   * @throws RpcFailure for everything that is no result; the reason of `signal` when that is aborted
   */
  readonly request: (method: string, params: readonly unknown[], signal: AbortSignal) => Promise<unknown>;
}

/** Why a request had no result. Its message is the node's own words, for the log and for telling cases apart: it never enters an event. */
export class RpcFailure extends Error {
  readonly reason: FailureReason;
  /** The JSON-RPC error code, where the node answered with an error. */
  readonly code: number | undefined;
  /** The data of the error: for a reverted call, what the contract returned. */
  readonly data: unknown;
  /** How long the provider asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(
    reason: FailureReason,
    message: string,
    details: { readonly code?: number; readonly data?: unknown; readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = "RpcFailure";
    this.reason = reason;
    this.code = details.code;
    this.data = details.data;
    this.retryAfterMs = details.retryAfterMs;
  }
}
