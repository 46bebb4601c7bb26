/** Texts that strangers wrote into contracts, made fit to be shown: nothing steers the reader's terminal, hides, or passes for something else. */

/** Printable ASCII and signs of currencies stay; so do letters of a text that has no ASCII letters, in which nothing can look like one. */
const plain = /[\u0020-\u007e\u00a2-\u00a5\u20a0-\u20cf]/;

/** Control and format characters (the direction of writing among them), marks that attach to letters, separators, and what is no character. */
const hidden = /[\p{C}\p{M}\p{Z}]/u;

/**
 * The text on one line: what hides is written out as `\u{...}`, and so is every letter outside ASCII that stands among letters of ASCII,
 * where it may pass for one. Web addresses are broken, so that no terminal makes a link of them.
 */
export function printableToken(text: string): string {
  const isMixed = /[A-Za-z]/.test(text);
  const shown = Array.from(text.toWellFormed(), (character) => {
    if (plain.test(character)) return character;
    return isMixed || hidden.test(character) ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : character;
  }).join("");
  return shown.replaceAll("://", "[:]//").replaceAll(/(?<=[\w-])\.(?=[a-z]{2,24}(?![a-z]))/gi, "[.]");
}
