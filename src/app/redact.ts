/**
 * The one place where words are made fit to be shown: error messages, causes and logs pass through here before they leave the process.
 * It looks for what a secret looks like; content addresses and run ids look like nothing else and stay.
 */
import { looksLikeKey, replaceKeys } from "./key-like.ts";

/** Scheme and host may be shown, unless a label of the host looks like a key; user, password, path and query may hold a provider's key. */
const urls =
  /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/?#:'"<>[\]]*:(?!\d*[/?#])[^\s'"<>]*@|[^\s/'"<>]*@)?([^\s/?#'"<>)\]]*)([/?#][^\s'"<>)\]]*?(?=[.,:;!]*(?:[\s'"<>)\]]|$)))?/gi;

/**
 * `:password@` of a URL without a scheme, with a wrong one, or with a path's single slash. A slash or a backslash behind the colon is a path's:
 * `sqlite:/srv/ada@work`, `C:\ada@work`. The limit keeps a long text cheap.
 */
const passwords = /(?<!\bsqlite):(?![/\\])[^\s'"<>]{1,1024}@/gi;

/** 32 hex digits and more: keys of providers, private keys, seeds. An address has 40 after 0x and is public. */
const hexRuns = /(\bsha256:|\brun:)?(?:\b0x|\b)[0-9a-f]{32,}\b/gi;
const publicAddress = /^0x[0-9a-f]{40}$/i;

const named =
  /\b(pass(?:word|phrase|wd)?|secret|token|api[-_ ]?key|private[-_ ]?key|access[-_ ]?key|mnemonic|seed(?:[-_ ]?phrase)?|authorization)\b(["']?\s*[:=]\s*)("[^"]*"|'[^']*'|(?:bearer |basic )?[^\s,;&]+)/gi;

/** BIP-39: 12 to 24 words of 3 to 8 letters. */
const mnemonics = /\b[a-z]{3,8}(?: [a-z]{3,8}){11,23}\b/g;

const hidden = "***";

/** The text without what looks like a secret. */
export function redact(text: string): string {
  const shown = text
    .replace(urls, (_url, scheme: string, host: string, rest = "") => `${scheme}${redactHost(host)}${redactPath(scheme, String(rest))}`)
    .replace(passwords, `:${hidden}@`)
    .replace(named, (_all, name: string, sign: string) => `${name}${sign}${hidden}`)
    .replace(hexRuns, (run, prefix: string | undefined) => (prefix !== undefined || publicAddress.test(run) ? run : hidden))
    .replace(mnemonics, hidden);
  return replaceKeys(shown, hidden);
}

/** Whether a URL or a path, as it was given, has the shape of `user:password@`, with or without a scheme; without the `sqlite:` of a store. The password may hold anything. */
export function hasPassword(given: string): boolean {
  return /:(?![/\\]).+@/is.test(given);
}

/** Some providers put the key before the first dot. */
function redactHost(host: string): string {
  return host
    .split(".")
    .map((label) => (looksLikeKey(label) ? hidden : label))
    .join(".");
}

function redactPath(scheme: string, path: string): string {
  return path === "" || path === "/" || scheme.toLowerCase() === "file://" ? path : `/${hidden}`;
}

/** Structured data with every string in it redacted; members keep their names. */
export function redactData<T>(value: T): T {
  return redactAny(value, "", 0) as T;
}

const depthLimit = 32;

/** Hashes of transactions and blocks, which look as private keys do, are public: what was typed, or came from outside, is under no such name. */
const hashMembers: ReadonlySet<string> = new Set(["hash", "transactions", "found"]);
const hash = /^0x[0-9a-f]{64}$/;

function redactAny(value: unknown, name: string, depth: number): unknown {
  if (typeof value === "string") return hashMembers.has(name) && hash.test(value) ? value : redact(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > depthLimit) return hidden;
  if (Array.isArray(value)) return value.map((item: unknown) => redactAny(item, name, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([member, held]) => [member, redactAny(held, member, depth + 1)]));
}
