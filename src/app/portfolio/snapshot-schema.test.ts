import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import * as z from "zod";
import type { Json } from "../../kernel/json.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";
import { planOp } from "../../kernel/op.ts";
import { ValueCodec } from "../../kernel/value.ts";
import { snapshot } from "../../ops/portfolio/snapshot.ts";
import { readSnapshot, snapshotDescriptor } from "./snapshot-output.ts";
import { renderSnapshotSchema } from "./snapshot-schema.ts";
import { ada, anySnapshot } from "../../../test/portfolio/snapshots.ts";

const codec = new ValueCodec(snapshotDescriptor());

describe("the published schema of a snapshot", () => {
  it("is of what the op plans to put out", () => {
    const network = { network: "eip155:1", block: { kind: "tag", tag: "safe" }, native: { symbol: "ETH", decimals: 18 }, tokens: [] };
    const config = { accounts: [{ address: ada }], networks: [network], prices: [], prove: false, onSourceFailure: "pause" };
    assert.deepEqual(planOp(snapshot, config).spec.output.type, snapshotDescriptor());
  });

  const schema = z.fromJSONSchema(JSON.parse(renderSnapshotSchema()) as never);

  it("accepts every snapshot as it stands in JSON, and that reads back as it was", () => {
    fc.assert(
      fc.property(anySnapshot, (taken) => {
        const json = readStrictJson(codec.encode(taken));
        schema.parse(json);
        assert.deepEqual(readSnapshot(json), taken);
      }),
    );
  });

  it("refuses what no snapshot is", () => {
    const [taken] = fc.sample(anySnapshot, 1);
    const json = readStrictJson(codec.encode(taken)) as { readonly [name: string]: Json };
    for (const wrong of [{ ...json, more: 1 }, { ...json, report: {} }, { pages: [] }, null]) assert.ok(!schema.safeParse(wrong).success);
  });
});
