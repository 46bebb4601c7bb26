import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EntryView } from "../../keystore/vault/session.ts";
import { selectEntry } from "./select-entry.ts";

const entry = (id: string, label: string): EntryView => ({
  id,
  label,
  address: "0x0000000000000000000000000000000000000000",
  kind: { type: "private-key" },
  createdAt: "2026-01-01T00:00:00.000Z",
  policy: null,
});

describe("selecting an entry", () => {
  const entries = [entry("aa11", "hot"), entry("aa22", "cold"), entry("bb33", "hot")];
  const select = (id: string | undefined, label?: string): string => selectEntry(entries, { id, label }).id;

  it("takes an id, the beginning of one, in either case, and a label", () => {
    assert.deepEqual([select("aa11"), select("b"), select("BB"), select(undefined, "cold")], ["aa11", "bb33", "bb33", "aa22"]);
  });

  it("refuses what fits none or several, and names the several", () => {
    assert.throws(() => select("cc"), { code: "KEY_UNKNOWN" });
    assert.throws(() => select(undefined, "ho"), { code: "KEY_UNKNOWN" });
    assert.throws(() => select("aa"), { code: "KEY_AMBIGUOUS", details: { ids: ["aa11", "aa22"] } });
    assert.throws(() => select(undefined, "hot"), { code: "KEY_AMBIGUOUS", details: { ids: ["aa11", "bb33"] } });
  });

  it("refuses neither, both, and an empty id", () => {
    assert.throws(() => select(undefined), { code: "USAGE" });
    assert.throws(() => select("aa11", "hot"), { code: "USAGE" });
    assert.throws(() => select(""), { code: "KEY_UNKNOWN" });
  });
});
