import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { MfmError } from "../../kernel/errors.ts";
import { FrameReader, encodeFrame, longestFrame } from "./frame.ts";

function codeOf(work: () => unknown): string {
  try {
    work();
    return "nothing thrown";
  } catch (error) {
    return error instanceof MfmError ? error.code : String(error);
  }
}

const length = (bytes: number): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(bytes);
  return header;
};

describe("frames", () => {
  it("come out as they went in, however the stream is cut", () => {
    const object = fc.record({ id: fc.nat(), text: fc.string({ unit: "binary" }) }, { noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(object, { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (objects, cuts) => {
        const stream = Buffer.concat(objects.map((each) => encodeFrame(each)));
        const reader = new FrameReader();
        const read: object[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const end = at + (cuts[turn % cuts.length] ?? 1);
          read.push(...reader.push(stream.subarray(at, end)));
          at = end;
        }
        assert.deepEqual(read, objects);
      }),
    );
  });

  it("are refused by their length alone, before their bytes come", () => {
    assert.equal(
      codeOf(() => [...new FrameReader().push(length(longestFrame + 1))]),
      "SIGNER_PROTOCOL",
    );
    assert.equal(
      codeOf(() => [...new FrameReader(() => 10).push(length(11))]),
      "SIGNER_PROTOCOL",
    );
    assert.equal(
      codeOf(() => [...new FrameReader().push(length(longestFrame))]),
      "nothing thrown",
    );
    assert.equal(
      codeOf(() => encodeFrame({ text: "x".repeat(longestFrame) })),
      "SIGNER_PROTOCOL",
    );
  });

  it("hold a JSON object", () => {
    for (const body of ["", "[]", "1", "null", "{", '"text"'])
      assert.equal(
        codeOf(() => [...new FrameReader().push(Buffer.concat([length(body.length), Buffer.from(body)]))]),
        "SIGNER_PROTOCOL",
        body,
      );
  });
});
