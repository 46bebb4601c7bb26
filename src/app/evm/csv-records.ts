/** Reading CSV as spreadsheets write it (RFC 4180): commas, quotes, CRLF or LF, a byte order mark. Each record knows the line it begins on. */

export interface CsvRecord {
  /** From 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

export type CsvRead = { readonly ok: readonly CsvRecord[] } | { readonly refused: { readonly line: number; readonly problem: string } };

/** The records; lines that are empty are none. At most `most` of them are read: one more, where there are more. */
export function readCsv(text: string, most: number): CsvRead {
  const records: CsvRecord[] = [];
  const end = text.length;
  let at = text.startsWith("\ufeff") ? 1 : 0;
  let line = 1;
  while (at < end && records.length <= most) {
    const record: CsvRecord & { readonly fields: string[] } = { line, fields: [] };
    for (;;) {
      const field = readField(text, at);
      if (typeof field === "string") return { refused: { line, problem: field } };
      record.fields.push(field.value);
      line += field.newlines;
      at = field.end;
      if (text.charAt(at) !== ",") break;
      at++;
    }
    at += text.startsWith("\r\n", at) ? 2 : 1;
    line++;
    if (record.fields.length > 1 || record.fields[0] !== "") records.push(record);
  }
  return { ok: records };
}

interface Field {
  readonly value: string;
  readonly newlines: number;
  /** Where the comma, the end of the line or of the text is. */
  readonly end: number;
}

function readField(text: string, from: number): Field | string {
  if (text.charAt(from) === '"') return readQuoted(text, from + 1);
  const plain = /[^,\r\n]*/y;
  plain.lastIndex = from;
  const value = plain.exec(text)?.[0] ?? "";
  const end = from + value.length;
  return value.includes('"') ? "a quote stands inside a field that does not begin with one" : { value, newlines: 0, end };
}

function readQuoted(text: string, from: number): Field | string {
  let value = "";
  let start = from;
  for (;;) {
    const quote = text.indexOf('"', start);
    if (quote < 0) return "a quote is not closed";
    value += text.slice(start, quote);
    start = quote + 2;
    if (text.charAt(quote + 1) === '"') {
      value += '"';
      continue;
    }
    const end = quote + 1;
    if (end < text.length && !/[,\r\n]/.test(text.charAt(end))) return "something stands behind a closing quote";
    return { value, newlines: value.split("\n").length - 1, end };
  }
}
