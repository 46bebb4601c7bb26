/** What a provider's key looks like inside a URL or a sentence: a long run of letters and digits that no word and no public id is. */

const publicAddress = /^0x[0-9a-f]{40}$/i;

/** Whether a part of a URL (a label of the host, a segment of the path) may be a key: 16 characters and more, letters and digits mixed. */
export function looksLikeKey(part: string): boolean {
  if (publicAddress.test(part)) return false;
  if (/[A-Za-z0-9_-]{32,}/.test(part)) return true;
  const run = /[A-Za-z0-9_]{16,}/.exec(part)?.[0] ?? "";
  return /[0-9]/.test(run) && /[A-Za-z]/.test(run);
}

/** Runs of 20 characters and more with upper-case and lower-case letters and digits, as base58, base62 and base64 make them; not the name of what is called, as in `Error1155(...)`. */
const mixedRuns = /(?<![A-Za-z0-9_])[A-Za-z0-9_]{20,}(?![A-Za-z0-9_(])/g;

/** The text with such runs replaced. */
export function replaceKeys(text: string, replacement: string): string {
  return text.replaceAll(mixedRuns, (run) => {
    const isMixed = /[a-z]/.test(run) && /[A-Z]/.test(run) && /[0-9]/.test(run);
    return isMixed && !publicAddress.test(run) ? replacement : run;
  });
}
