/** URLs of JSON-RPC endpoints: which are usable, and which carry a secret. A URL is never repeated in a message. */
import { looksLikeKey } from "../key-like.ts";

/** The URL, or why it is none that can be used. */
export function readRpcUrl(text: string): URL | string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return "is no URL such as https://rpc.example";
  if (url.protocol !== "http:" && url.protocol !== "https:") return `has the scheme ${url.protocol.slice(0, -1)}: http or https is needed`;
  return url;
}

/**
 * Whether a URL may carry a secret: user or password, any query (an endpoint needs none but for a key), or a part of the path or the host
 * that looks like a key. Rather once too often than once too little: what is refused here can stand in an environment variable.
 */
export function carriesSecret(url: URL): boolean {
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return true;
  return url.pathname.split("/").some(looksLikeKey) || url.hostname.split(".").some(looksLikeKey);
}
