/** CSV for spreadsheets (RFC 4180), with fields that no spreadsheet takes for a formula. */

/** What a spreadsheet begins a formula with, in the full-width forms too. @see https://owasp.org/www-community/attacks/CSV_Injection */
const formulaStart = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A field that holds text: a formula's beginning gets an apostrophe before it, which spreadsheets do not show. */
function csvText(text: string): string {
  return quoted(formulaStart.test(text.trimStart()) || formulaStart.test(text) ? `'${text}` : text);
}

/** One record; numbers as they stand, because a minus before digits is no formula. */
export function csvRecord(fields: readonly string[]): string {
  return `${fields.map((field) => (isNumber(field) ? field : csvText(field))).join(",")}\r\n`;
}

function isNumber(field: string): boolean {
  return /^-?[0-9]+(?:\.[0-9]+)?$/.test(field);
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) || field.trim() !== field ? `"${field.replaceAll('"', '""')}"` : field;
}
