import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { readCsv } from "./csv-records.ts";

const fieldsOf = (text: string): readonly (readonly string[])[] | string => {
  const read = readCsv(text, 100);
  return "ok" in read ? read.ok.map(({ line, fields }) => [String(line), ...fields]) : `${read.refused.line}: ${read.refused.problem}`;
};

describe("reading CSV", () => {
  const cases: readonly (readonly [what: string, text: string, expected: readonly (readonly string[])[] | string])[] = [
    ["nothing", "", []],
    [
      "lines with either end",
      "a,b\r\nc,d\n",
      [
        ["1", "a", "b"],
        ["2", "c", "d"],
      ],
    ],
    [
      "a last line without an end",
      "a,b\nc,",
      [
        ["1", "a", "b"],
        ["2", "c", ""],
      ],
    ],
    [
      "a byte order mark and empty lines",
      "\ufeffa\n\n\r\nb",
      [
        ["1", "a"],
        ["4", "b"],
      ],
    ],
    [
      "quotes, with commas, quotes and lines inside",
      '"a,1","say ""hi""","x\ny"\nb,c,d',
      [
        ["1", "a,1", 'say "hi"', "x\ny"],
        ["3", "b", "c", "d"],
      ],
    ],
    ["a quote that is not closed", 'a\n"b', "2: a quote is not closed"],
    ["a quote inside a plain field", 'a"b', "1: a quote stands inside a field that does not begin with one"],
    ["text behind a quote", '"a"b', "1: something stands behind a closing quote"],
  ];
  for (const [what, text, expected] of cases) it(what, () => assert.deepEqual(fieldsOf(text), expected));

  it("gives back what was written, whatever it is", () => {
    const field = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r", " ", "é") });
    const records = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(records, (rows) => {
        const text = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(",")).join("\r\n");
        const read = readCsv(text, 100);
        assert.deepEqual("ok" in read && read.ok.map(({ fields }) => fields), rows);
      }),
    );
  });

  it("stops after one record more than it is to read", () => {
    const read = readCsv("a\n".repeat(50), 10);
    assert.equal("ok" in read && read.ok.length, 11);
  });
});
