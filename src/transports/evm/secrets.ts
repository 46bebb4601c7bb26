/** What of a provider's address and headers may be secret, taken out of words that go to a log. */

/** Shorter parts of a path or host, such as `v3`, are no keys, and words would become unreadable without them. */
const shortestKey = 6;
const longestText = 300;
const urls = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi;

export type Scrub = (text: string) => string;

/** As `scrubUrls`, and removes every part of this URL and every value of these headers too. */
export function scrubOf(url: URL, headers: { readonly [name: string]: string }): Scrub {
  const secrets = [...partsOf(url), ...Object.values(headers).flatMap(partsOfHeader)]
    .flatMap((part) => [part, decodePercent(part), encodeURIComponent(part)])
    .filter((part) => part !== "")
    .toSorted((left, right) => right.length - left.length);
  const pattern = new RegExp(secrets.map((secret) => secret.replaceAll(/[^\w]/g, String.raw`\$&`)).join("|"), "gi");
  return (text) => scrubUrls(text.replaceAll(urls, "[URL]").replaceAll(pattern, "[removed]"));
}

/** Removes every URL from a text, cuts it to 300 characters and makes control characters visible. */
export function scrubUrls(text: string): string {
  return printable(text.replaceAll(urls, "[URL]")).slice(0, longestText);
}

/** The text without percent-encoding, or as it is where that is broken. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The text on one line, without characters that move the cursor or the order of reading. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`);
}

function partsOf(url: URL): string[] {
  const long = [url.pathname, url.search, ...url.hostname.split("."), ...url.pathname.split("/")].filter(
    ({ length }) => length >= shortestKey,
  );
  return [url.href, url.host, url.hostname, url.username, url.password, ...url.searchParams.values(), ...long];
}

/** Of `Bearer X` also X. */
function partsOfHeader(value: string): string[] {
  return [value, ...value.split(/[\s,;]+/).filter(({ length }) => length >= shortestKey)];
}
