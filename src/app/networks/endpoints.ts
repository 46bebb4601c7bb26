/** Endpoints as the configuration says them, with what the environment holds filled in. Only this process knows them. */
import { failure } from "../failure.ts";
import { type Place, readVariable } from "../place.ts";
import type { NetworkTable, ProviderTable } from "./network-table.ts";
import { readRpcUrl } from "./rpc-url.ts";

export interface Endpoint {
  /** The name that facts record. */
  readonly ref: string;
  /** Without user and password: those became a header. */
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly batchItems: number | undefined;
  readonly concurrency: number | undefined;
  readonly timeoutMs: number | undefined;
}

/** An endpoint without settings of its own. The URL was checked where it was written. */
export function endpointOf(url: string, ref: string): Endpoint {
  return { ref, ...splitCredentials(new URL(url)), batchItems: undefined, concurrency: undefined, timeoutMs: undefined };
}

/** One or more URLs with spaces between them. @throws CONFIG_INVALID naming the variable */
export function endpointsOfVariable(variable: string, text: string): readonly Endpoint[] {
  const urls = text.split(/\s+/).filter((part) => part !== "");
  if (urls.length === 0) throw wrongVariable(variable, "is empty");
  return urls.map((written, index) => endpointOf(checkedUrl(written, variable), urls.length === 1 ? "env" : `env-${index + 1}`));
}

/** @throws NETWORK_NOT_READY when a variable is not set; CONFIG_INVALID when it holds no usable URL */
export function endpointsOfTable({ name, providers }: NetworkTable, place: Place): readonly Endpoint[] {
  return providers.map((provider) => {
    const { url, headers } = splitCredentials(new URL(urlOf(provider, name, place)));
    const { ref, batchItems, concurrency, timeoutMs } = provider;
    const named = Object.entries(provider.headers).map(([header, { env }]) => [header, readNamed(env, name, place)]);
    return { ref, url, headers: { ...headers, ...(Object.fromEntries(named) as Endpoint["headers"]) }, batchItems, concurrency, timeoutMs };
  });
}

function urlOf({ url }: ProviderTable, network: string, place: Place): string {
  return typeof url === "string" ? url : checkedUrl(readNamed(url.env, network, place), url.env);
}

function readNamed(variable: string, network: string, place: Place): string {
  const value = readVariable(place, variable);
  if (value !== undefined) return value;
  throw failure("NETWORK_NOT_READY", `network ${network}: the environment variable ${variable} is not set`, { network, variable });
}

function checkedUrl(text: string, variable: string): string {
  const url = readRpcUrl(text);
  if (typeof url === "string") throw wrongVariable(variable, url);
  return text;
}

function wrongVariable(variable: string, reason: string): Error {
  return failure("CONFIG_INVALID", `the environment variable ${variable} ${reason}`, { variable, reason });
}

/** HTTP clients do not send what stands before the @ by themselves. @see RFC 7617 */
function splitCredentials(url: URL): { readonly url: string; readonly headers: Endpoint["headers"] } {
  if (url.username === "" && url.password === "") return { url: url.href, headers: {} };
  const pair = `${decodeText(url.username)}:${decodeText(url.password)}`;
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return { url: bare.href, headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` } };
}

/** A password may hold a percent sign that nobody encoded. */
function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
