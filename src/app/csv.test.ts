import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { csvRecord } from "./csv.ts";

/** A reader of RFC 4180, of one record. */
function fieldsOf(record: string): string[] {
  const fields: string[] = [];
  for (let rest = record.replace(/\r\n$/, ""), open = true; open;) {
    const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/.exec(rest);
    assert.ok(match !== null, record);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    open = match[3] === ",";
    rest = rest.slice(match[0].length);
  }
  return fields;
}

describe("csv", () => {
  it("quotes what has commas, quotes, new lines or spaces around it, and ends records as RFC 4180 says", () => {
    assert.equal(csvRecord(["a", 'say "hi"', "x,y", "1\n2", " s"]), 'a,"say ""hi""","x,y","1\n2"," s"\r\n');
  });

  it("takes the power of formulas away, and leaves numbers alone", () => {
    const formulas = ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1"];
    assert.deepEqual(
      fieldsOf(csvRecord(formulas)),
      formulas.map((text) => `'${text}`),
    );
    assert.equal(
      csvRecord(["-1.5", "0", "115792089237316195423570985008687907853269984665640564039457584007913129639935"]).slice(0, 7),
      "-1.5,0,",
    );
  });

  it("gives back what was put in, whatever it is", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }), (fields) => {
        const read = fieldsOf(csvRecord(fields));
        assert.deepEqual(
          read.map((field, index) => (field === fields[index] ? field : field.slice(1))),
          fields,
        );
        assert.ok(read.every((field) => !/^[=+@\t\r]/.test(field)));
      }),
    );
  });
});
