import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import * as z from "zod";
import type { Json } from "../../kernel/json.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";
import { ValueCodec } from "../../kernel/value.ts";
import { readSnapshot, snapshotDescriptor } from "./snapshot-output.ts";
import { renderSnapshotSchema } from "./snapshot-schema.ts";
import { anySnapshot } from "../../../test/portfolio/snapshots.ts";

const codec = new ValueCodec(snapshotDescriptor());

describe("the published schema of a snapshot", () => {
  const schema = z.fromJSONSchema(JSON.parse(renderSnapshotSchema()) as never);

  it("accepts every snapshot as it stands in JSON, and that reads back as it was", () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const json = readStrictJson(codec.encode(snapshot));
        schema.parse(json);
        assert.deepEqual(readSnapshot(json), snapshot);
      }),
    );
  });

  it("refuses what no snapshot is", () => {
    const [snapshot] = fc.sample(anySnapshot, 1);
    const json = readStrictJson(codec.encode(snapshot)) as { readonly [name: string]: Json };
    for (const wrong of [{ ...json, more: 1 }, { ...json, report: {} }, { holdings: [] }, null])
      assert.ok(!schema.safeParse(wrong).success);
  });
});
