import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { MfmError } from "../../kernel/errors.ts";
import type { Place } from "../place.ts";
import { ada, dai, holding, snapshot, usdc } from "../../../test/portfolio/snapshots.ts";
import { locateCsv, writeCsv } from "./csv-file.ts";
import { snapshotCsv } from "./snapshot-csv.ts";

const prices = [{ kind: "ok" as const, quote: "USD", symbol: "USDC", unitPrice: "1" }];
const pinned = `eip155:1,100,0x${"b".repeat(64)},2026-01-31T12:00:00.000Z,${ada},treasury`;
const taken = snapshot(
  [
    holding({ values: [{ quote: "USD", value: "1.5" }] }),
    holding({
      asset: { kind: "erc20", address: dai },
      symbol: "=HYPERLINK(\u202e)",
      answer: { kind: "reverted", cause: "revert" },
      remarks: ["unlisted", "symbol_suspicious"],
    }),
  ],
  { zero: [{ account: ada, native: true, tokens: [] }], report: { prices } },
);

describe("a snapshot as csv", () => {
  const folder = mkdtempSync(join(tmpdir(), "mfm-csv-"));
  after(() => rmSync(folder, { recursive: true }));
  const place: Place = { folder, env: {}, configFile: undefined, storeUrl: undefined };

  it("has a record for each balance, raw integers beside decimals, and nothing that a spreadsheet executes", () => {
    const [head, ...records] = [...snapshotCsv(taken, true)];
    assert.match(head ?? "", /^network,block_number,.*,raw,amount,.*,remarks,value_USD\r\n$/);
    assert.deepEqual(records, [
      `${pinned},erc20,${usdc},USDC,,6,ok,1500000,1.5,2,true,false,,1.5\r\n`,
      `${pinned},erc20,${dai},'=HYPERLINK(\\u{202e}),,6,reverted,,,2,true,false,unlisted symbol_suspicious,\r\n`,
      `${pinned},native,,,,,zero,0,0,,,,,\r\n`,
    ]);
    assert.equal([...snapshotCsv(taken, false)].length, 3);
  });

  it("goes to a new file of its user's own", () => {
    const path = locateCsv(place, "holdings.csv");
    assert.ok(!existsSync(path));
    assert.equal(writeCsv(path, taken, false), readFileSync(path).length);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    for (const again of [() => locateCsv(place, "holdings.csv"), () => writeCsv(path, taken, false)])
      assert.throws(again, (error) => error instanceof MfmError && error.code === "FILE_EXISTS");
    assert.throws(
      () => writeCsv(locateCsv(place, "no/such/folder.csv"), taken, false),
      (error) => error instanceof MfmError && error.code === "FILE_UNWRITABLE",
    );
  });
});
