/** What of a provider's address and headers may be secret, taken out of words that go to a log. */

/** Shorter parts of a path or host, such as `v3`, are no keys, and words would become unreadable without them. */
const shortestKey = 6;
const longestText = 300;

export type Scrub = (text: string) => string;

/** Removes every part of the URL and every header value from a text, cuts it to 300 characters and makes control characters visible. */
export function scrubOf(url: URL, headers: { readonly [name: string]: string }): Scrub {
  const secrets = [...partsOf(url), ...Object.values(headers).flatMap(spellingsOf)]
    .filter((part) => part !== "")
    .toSorted((left, right) => right.length - left.length);
  return (text) => scrubUrls(secrets.reduce((left, secret) => left.replaceAll(secret, "[removed]"), text.replaceAll(urls, "[URL]")));
}

/** Removes every URL from a text, cuts it to 300 characters and makes control characters visible. */
export function scrubUrls(text: string): string {
  return printable(text.replaceAll(urls, "[URL]")).slice(0, longestText);
}

const urls = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi;

/** The text on one line, without characters that move the cursor or the order of reading. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`);
}

function partsOf(url: URL): string[] {
  const long = (part: string): boolean => part.length >= shortestKey;
  return [
    url.href,
    url.host,
    url.hostname,
    ...[url.pathname, url.search, ...url.hostname.split("."), ...url.pathname.split("/")].filter(long).flatMap(decoded),
    ...[url.username, url.password, ...url.searchParams.values()].flatMap(decoded),
  ];
}

function decoded(part: string): string[] {
  try {
    return [part, decodeURIComponent(part)];
  } catch {
    return [part];
  }
}

/** Of `Bearer X` also X. */
function spellingsOf(value: string): string[] {
  return [value, ...value.split(/[\s,;=]+/).filter((part) => part.length >= shortestKey)];
}
