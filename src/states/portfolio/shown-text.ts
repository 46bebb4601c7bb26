/** Texts that strangers wrote into contracts: cut to what a row has room for, and looked at for tricks. The bytes themselves stay in the facts. */

/** At most so many UTF-16 units, never half a character. */
export function cutText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const cut = text.slice(0, longest);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

/**
 * Printable ASCII and signs of currencies (U+20A0 to U+20CF, cents to yen, the euro's old place among them). A closed list, not classes of
 * Unicode: those move between versions of Node, and a replay must say the same for ever.
 */
const plainText = /^[\u0020-\u007e\u00a2-\u00a5\u20a0-\u20cf]*$/;
const webAddress = /:\/\/|\bwww\.|[a-z0-9-]\.(?:[a-z]{2,24})\b/i;

/** Characters that steer or hide, letters that may look like others, a web address, or spaces around the text. */
export function isSuspicious(text: string): boolean {
  return !plainText.test(text) || webAddress.test(text) || text.trim() !== text;
}
