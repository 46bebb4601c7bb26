/** One HTTP endpoint: posts a JSON text and gives back what came, within limits of time and size. Nothing it throws holds an address. */
import { gunzip } from "node:zlib";
import { promisify } from "node:util";
import { type Dispatcher, Pool } from "undici";
import { MfmError } from "../../kernel/errors.ts";
import { RpcFailure } from "./provider.ts";
import { decodePercent } from "./secrets.ts";

export interface HttpAnswer {
  readonly status: number;
  /** The header `Retry-After` as it was sent. */
  readonly retryAfter: string | undefined;
  readonly body: Buffer;
}

export interface HttpEndpoint {
  /** @throws RpcFailure when no whole answer came; the reason of `signal` when that is aborted */
  readonly post: (body: string, signal: AbortSignal) => Promise<HttpAnswer>;
  readonly close: () => Promise<void>;
}

export interface HttpEndpointOptions {
  readonly url: URL;
  /** Sent with each request, authorization included. */
  readonly headers: { readonly [name: string]: string };
  readonly connections: number;
  readonly connectMs: number;
  readonly maxAnswerBytes: number;
}

/** Keeps connections open between requests. Redirects are not followed: they would carry the credentials somewhere else. */
export function openHttpEndpoint({ url, headers, connections, connectMs, maxAnswerBytes }: HttpEndpointOptions): HttpEndpoint {
  // Both limits on silence are off: the caller's signal is the one limit of time.
  const pool = new Pool(url.origin, { connections, connect: { timeout: connectMs }, headersTimeout: 0, bodyTimeout: 0 });
  const path = `${url.pathname}${url.search}`;
  const sent = { "content-type": "application/json", accept: "application/json", "accept-encoding": "gzip", ...headers };
  return {
    async post(body, signal) {
      try {
        const answer = await pool.request({ path, method: "POST", headers: sent, body, signal });
        const collected = await collect(answer.body, maxAnswerBytes);
        const retryAfter = answer.headers["retry-after"];
        return {
          status: answer.statusCode,
          retryAfter: typeof retryAfter === "string" ? retryAfter : undefined,
          body: await unpack(collected, answer.headers["content-encoding"], maxAnswerBytes),
        };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw error instanceof RpcFailure ? error : new RpcFailure("unreachable", `no answer: ${kindOf(error)}`);
      }
    },
    close: () => pool.destroy(),
  };
}

/**
 * The URL of a provider.
 * @throws CONFIG_INVALID when it is no http or https URL; the text is not repeated
 */
export function parseHttpUrl(ref: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol))
    throw new MfmError("CONFIG_INVALID", `the URL of provider ${ref} is no http or https URL`, { provider: ref });
  return url;
}

/** The header that user and password of a URL are sent as. @see RFC 7617 */
export function basicAuth(url: URL): { readonly authorization?: string } {
  if (url.username === "" && url.password === "") return {};
  const pair = `${decodePercent(url.username)}:${decodePercent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

async function collect(body: Dispatcher.ResponseData["body"], limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop destroys the stream, so an endless answer ends here.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

const inflate = promisify(gunzip) as (packed: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

async function unpack(body: Buffer, encoding: string | string[] | undefined, limit: number): Promise<Buffer> {
  if (encoding === undefined || encoding === "identity") return body;
  if (encoding !== "gzip" && encoding !== "x-gzip") throw new RpcFailure("malformed", "an encoding that was not asked for");
  try {
    return await inflate(body, { maxOutputLength: limit });
  } catch (error) {
    throw codeOf(error) === "ERR_BUFFER_TOO_LARGE" ? tooLarge(limit) : new RpcFailure("malformed", "gzip that does not unpack");
  }
}

function tooLarge(limit: number): RpcFailure {
  return new RpcFailure("too_large", `the answer is larger than ${limit} bytes`);
}

/** The system's word, such as ECONNREFUSED; messages would hold the address. */
function kindOf(error: unknown): string {
  return codeOf(error) ?? codeOf((error as { readonly cause?: unknown } | null)?.cause) ?? "connection failed";
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code) ? code : undefined;
}
