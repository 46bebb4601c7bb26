/** A provider over a client that somebody has already: viem's, or any with the `request` of EIP-1193. @see https://eips.ethereum.org/EIPS/eip-1193 */
import { parseRetryAfter } from "./back-off.ts";
import { failureOfStatus, rpcFailure } from "./json-rpc.ts";
import { type Provider, RpcFailure } from "./provider.ts";
import { scrubUrls } from "./secrets.ts";
import { waitFor } from "./waiting.ts";

/** What viem's clients and EIP-1193 providers have in common. */
export interface Eip1193Client {
  request(call: { readonly method: string; readonly params: unknown[] }): Promise<unknown>;
}

/**
 * The client as a provider. viem's own retries, batching and fallback stay in force below it; errors are told by their codes, and what they
 * say of addresses and bodies is not passed on. `timeoutMs`: for one request with all its retries.
 */
export function viemProvider(client: object, { ref, timeoutMs = 20_000 }: { readonly ref: string; readonly timeoutMs?: number }): Provider {
  // viem's `request` is typed by the methods of each client's own schema, which no common type fits.
  const eip1193 = client as Eip1193Client;
  return {
    ref,
    async request(method, params, signal) {
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        const asked = eip1193.request({ method, params: [...params] });
        return await waitFor(waitFor(asked, limit), signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (limit.aborted) throw new RpcFailure("timeout", `no answer within ${timeoutMs} ms`);
        throw failureOf(error);
      }
    },
  };
}

/** viem wraps what happened in errors that tell more and more; what the node said is innermost. */
function failureOf(error: unknown): RpcFailure {
  const chain = chainOf(error);
  const said = chain.findLast(({ code }) => typeof code === "number" && code !== unknownRpc);
  if (said !== undefined) {
    const data = chain.findLast((link) => link["data"] !== undefined)?.["data"];
    return rpcFailure({ code: said["code"] as number, message: wordsOf(said), data }, scrubUrls);
  }
  const http = chain.find(({ status }) => typeof status === "number");
  if (http !== undefined) {
    const { reason, message, fault } = failureOfStatus(http["status"] as number);
    const asked = http["headers"] instanceof Headers ? http["headers"].get("retry-after") : null;
    const retryAfterMs = parseRetryAfter(asked ?? undefined, Date.now());
    return new RpcFailure(reason, message, { retryAfterMs, ...(fault === undefined ? {} : { fault }) });
  }
  if (chain.some(({ name }) => name === "TimeoutError")) return new RpcFailure("timeout", "no answer in time");
  if (chain.some(({ name }) => name === "HttpRequestError" || name === "WebSocketRequestError" || name === "SocketClosedError"))
    return new RpcFailure("unreachable", "no answer");
  const [outermost] = chain;
  return rpcFailure({ code: undefined, message: outermost === undefined ? "" : wordsOf(outermost) }, scrubUrls);
}

/** viem's code for what is no error of JSON-RPC. */
const unknownRpc = -1;

type Link = { readonly [name: string]: unknown };

function chainOf(error: unknown): Link[] {
  const chain: Link[] = [];
  let link = error;
  while (typeof link === "object" && link !== null && chain.length < 16) {
    chain.push(link as Link);
    link = (link as Link)["cause"];
  }
  return chain;
}

/** viem's `message` holds the address and the body of the request, `details` what the node said. */
function wordsOf({ details, message }: Link): string {
  if (typeof details === "string") return details;
  return typeof message === "string" ? message : "";
}
