import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { printableToken } from "./token-text.ts";

describe("texts of tokens", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["plain symbols stay", "USDC.e", "USDC.e"],
    ["currency signs stay", "USD\u20ae0", "USD\u20ae0"],
    ["a text of one foreign script stays", "\u6d4b\u8bd5", "\u6d4b\u8bd5"],
    ["a foreign letter among ASCII is written out", "USD\u0421", "USD\\u{421}"],
    ["directions of writing are written out", "\u202eCDSU", "\\u{202e}CDSU"],
    ["what steers a terminal is written out", "\u001b[2J\n", "\\u{1b}[2J\\u{a}"],
    ["what hides is written out, alone too", "\u200b", "\\u{200b}"],
    ["web addresses are broken", "claim at https://evil.example/x now", "claim at https[:]//evil[.]example/x now"],
    ["half characters are replaced", "\ud800", "\ufffd"],
  ];
  for (const [name, text, shown] of cases) it(name, () => assert.equal(printableToken(text), shown));

  it("never lets a control, format, separator or marking character through", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{M}]/u.test(printableToken(text))));
  });
});
