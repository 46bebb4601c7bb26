import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { certify } from "../kernel/certify.ts";
import { planOp } from "../kernel/op.ts";
import { Registry } from "../kernel/registry.ts";
import { boxFor } from "./place-box.ts";

const place = { folder: "/nowhere", env: {}, configFile: undefined, storeUrl: undefined };

describe("box", () => {
  it("has a part for each of its ops, which holds that op alone, with definitions of the whole", async () => {
    const whole = new Registry(...(await boxFor(place)));
    for (const [id, op] of whole.ops) {
      const part = new Registry(...(await boxFor(place, id)));
      assert.deepEqual([...part.ops], [[id, op]]);
      assert.ok(part.states.size < whole.states.size && part.states.size > 0, id);
      for (const [state, definition] of part.states) assert.equal(definition, whole.states.get(state), state);
    }
  });

  it("certifies the smallest run with its part alone", async () => {
    const part = new Registry(...(await boxFor(place, "mfm.proof/hello@1")));
    certify(planOp(part.op("mfm.proof/hello@1"), {}).spec, part);
  });

  it("is whole for an op that it does not have, so that the name that was meant is found", async () => {
    assert.equal(new Registry(...(await boxFor(place, "mfm.proof/helo@1"))).size, new Registry(...(await boxFor(place))).size);
  });
});
