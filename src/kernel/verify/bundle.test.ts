/** Bundles: written and read byte for byte; whatever is done to one is refused, told apart, with line, field and byte. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { record } from "../../../test/kernel/record.ts";
import { audit, registryWithChain } from "../../../test/kernel/samples.ts";
import { bundleOf } from "../../../test/kernel/tamper.ts";
import { digestOf, toCanonical } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import { sealEvent } from "../events.ts";
import { planOp } from "../op.ts";
import { readBundle, verifyBundle, writeBundle } from "./bundle.ts";
import type { Damage } from "./bundle-lines.ts";
import type { History } from "./history.ts";

const registry = registryWithChain();
const plan = planOp(audit, { account: "Zoë" });
let history: History;
let bytes: Buffer;
/** The lines with their newlines: the header, 11 events, 16 artifacts. */
let lines: string[];
let starts: number[];

before(async () => {
  history = await record({ registry: registryWithChain(), spec: plan.spec, configText: plan.configText });
  bytes = bundleOf(history);
  lines = [...writeBundle(history)];
  starts = lines.map((_, index) => Buffer.byteLength(lines.slice(0, index).join("")));
});

interface Refused {
  readonly kind: Damage;
  readonly line: number;
  readonly field: string;
  readonly byte: number;
}

function refusalOf(content: Uint8Array | readonly string[]): Refused {
  const given = content instanceof Uint8Array ? content : Buffer.from(content.join(""));
  try {
    readBundle(given);
  } catch (error) {
    assert.ok(error instanceof MfmError, String(error));
    const { kind, line, field, byte, reason } = error.details;
    assert.equal(error.code, kind === "malformed" ? "BUNDLE_INVALID" : "HISTORY_INVALID");
    assert.ok(
      typeof kind === "string" &&
        typeof line === "number" &&
        typeof field === "string" &&
        typeof byte === "number" &&
        typeof reason === "string",
      error.message,
    );
    assert.ok(line >= 1 && byte >= 0 && byte <= given.length && field !== "", error.message);
    return { kind: kind as Damage, line, field, byte };
  }
  throw new Error("it was read");
}

/** The line (from 1) that a byte is on. */
function lineAt(byte: number): number {
  return starts.filter((start) => start <= byte).length;
}

describe("bundle", () => {
  it("read and written again it is the same bytes, and the same history", () => {
    const read = readBundle(bytes);
    assert.deepEqual(read, history);
    assert.ok(bundleOf(read).equals(bytes));
  });

  it("verifies, by its head too", async () => {
    const head = history.events.at(-1)?.digest ?? digestOf("");
    assert.equal((await verifyBundle(bytes, registry, { head })).result, "verified");
    await assert.rejects(verifyBundle(bytes, registry, { head: digestOf("") }), { code: "HEAD_MISMATCH" });
  });

  it("the layout is fixed: a header, events by seq, artifacts by digest, each line canonical", () => {
    const last = history.events.at(-1);
    const head = `{"digest":"${last?.digest ?? ""}","seq":10}`;
    assert.equal(lines[0], `{"counts":{"artifacts":16,"events":11},"format":"mfm-bundle/1","head":${head},"runId":"${history.runId}"}\n`);
    for (const line of lines) assert.equal(`${toCanonical(JSON.parse(line) as never)}\n`, line);
    for (const [index, { digest, text }] of history.events.entries())
      assert.equal(lines[index + 1], `{"digest":"${digest}","event":${text}}\n`);
    const names = [...history.artifacts.keys()].sort();
    for (const [index, name] of names.entries())
      assert.equal(lines[index + 12], `{"artifact":"${name}","json":${history.artifacts.get(name) ?? ""}}\n`);
  });
});

describe("bundle: every byte", () => {
  it("changed is refused, on its line", () => {
    for (let byte = 0; byte < bytes.length; byte++) {
      for (const mask of [0x01, 0x80]) {
        const flipped = Buffer.from(bytes);
        flipped[byte] = (bytes[byte] ?? 0) ^ mask;
        const { line, kind, byte: named } = refusalOf(flipped);
        if (mask === 0x80 && kind === "malformed" && (bytes[byte] ?? 0) < 0x80)
          assert.equal(named, byte, "what is no longer UTF-8 is named exactly");
        const own = lineAt(byte);
        assert.ok(line === own, `byte ${byte} of line ${own} ^ ${mask}: refused at line ${line} as ${kind}`);
        // Without its last newline a file looks cut off.
        const expected: readonly Damage[] = byte === bytes.length - 1 ? ["shortened"] : ["altered", "malformed"];
        assert.ok(expected.includes(kind), `byte ${byte} ^ ${mask}: ${kind}`);
      }
    }
  });

  it("cut off behind it, the bundle is shortened", () => {
    for (let length = 1; length < bytes.length; length++) {
      const { kind, line } = refusalOf(bytes.subarray(0, length));
      assert.equal(kind, "shortened", `cut to ${length} bytes`);
      assert.ok(line === lineAt(length - 1) || line === 1);
    }
    assert.deepEqual(refusalOf(Buffer.alloc(0)), { kind: "malformed", line: 1, field: "header", byte: 0 });
  });

  it("put in twice, or taken out, it is refused", () => {
    for (let byte = 0; byte < bytes.length; byte += 7) {
      refusalOf(Buffer.concat([bytes.subarray(0, byte), bytes.subarray(byte + 1)]));
      refusalOf(Buffer.concat([bytes.subarray(0, byte + 1), bytes.subarray(byte)]));
    }
  });
});

describe("bundle: every line", () => {
  it("taken out is missing, and at the end of events or of the file, shortened", () => {
    for (const index of lines.keys()) {
      const { kind, line } = refusalOf(lines.toSpliced(index, 1));
      const isLast = index === 11 || index === lines.length - 1;
      assert.equal(kind, isLast ? "shortened" : "missing", `without line ${index + 1}`);
      // An event is missed on the line that stands in its place; an artifact by the first event that names it.
      if (index > 0 && index < 11) assert.equal(line, index + 1);
    }
  });

  it("put in twice is added", () => {
    for (const [index, text] of lines.entries()) {
      const { kind, line } = refusalOf(lines.toSpliced(index, 0, text));
      assert.deepEqual([kind, line], ["added", index + 2]);
    }
  });

  it("swapped with its neighbour, or any two events swapped, or any two artifacts, is reordered", () => {
    for (const left of lines.keys()) {
      for (let right = left + 1; right < lines.length; right++) {
        const sameSection = (left > 0 && right < 12) || left > 11;
        if (!sameSection && right > left + 1) continue;
        const swapped = lines.with(left, lines[right] ?? "").with(right, lines[left] ?? "");
        const { kind, line } = refusalOf(swapped);
        assert.equal(kind, "reordered", `lines ${left + 1} and ${right + 1}`);
        assert.ok(line >= left + 1 && line <= right + 1);
      }
    }
  });

  it("an event behind the head is added", () => {
    const last = history.events.at(-1) ?? assert.fail();
    const more = sealEvent(
      { type: "RunCancelled", data: { actor: "ann", reason: "late" } },
      history.runId,
      { seq: 10, digest: last.digest },
      last.event.at,
    );
    const { kind, line, field } = refusalOf(lines.toSpliced(12, 0, `{"digest":"${more.digest}","event":${more.text}}\n`));
    assert.deepEqual([kind, line, field], ["added", 13, "event"]);
  });

  it("an artifact that no event names is added, wherever it stands, counted or not", () => {
    const text = toCanonical("nobody needs this");
    const foreign = `{"artifact":"${digestOf(text)}","json":${text}}\n`;
    const place = 1 + lines.findLastIndex((line, index) => index < 12 || line < foreign);
    const counted = lines.toSpliced(place, 0, foreign).with(0, (lines[0] ?? "").replace('"artifacts":16', '"artifacts":17'));
    for (const content of [lines.toSpliced(place, 0, foreign), counted]) {
      const { kind, line, field } = refusalOf(content);
      assert.deepEqual([kind, line, field], ["added", place + 1, "artifact"]);
    }
  });

  it("of neither kind is malformed, from the byte where it is none", () => {
    const cases: readonly (readonly [string, number])[] = [
      ["\n", 0],
      ["{}\n", 1],
      ['{"arte":1}\n', 5],
      ['{"digest":7}\n', 10],
      ["hello\n", 0],
    ];
    for (const [text, at] of cases) {
      assert.deepEqual(refusalOf(lines.toSpliced(5, 0, text)), { kind: "malformed", line: 6, field: "line", byte: (starts[5] ?? 0) + at });
    }
  });

  it("whose digest is none is malformed, and one whose event is none is altered, at the field", () => {
    const text = lines[3] ?? "";
    const digest = refusalOf(lines.with(3, text.replace(/sha256:[0-9a-f]{64}/, `sha256:${"X".repeat(64)}`)));
    assert.deepEqual(digest, { kind: "malformed", line: 4, field: "digest", byte: (starts[3] ?? 0) + '{"digest":"'.length });
    const event = refusalOf(lines.with(3, text.replace('"type":"Step', '"type":"Stop')));
    assert.deepEqual(event, { kind: "altered", line: 4, field: "event.type", byte: (starts[3] ?? 0) + text.indexOf('"StepCompleted"') });
  });

  it("that is not UTF-8 is malformed at its first wrong byte, whatever replacement characters stand before", () => {
    const before = "\ufffd\ufffdé";
    for (const wrong of [0xef, 0xc3, 0x80, 0xff]) {
      const content = Buffer.concat([Buffer.from(`${lines[0] ?? ""}${before}`), Buffer.from([wrong]), Buffer.from("x\n")]);
      assert.deepEqual(refusalOf(content), { kind: "malformed", line: 2, field: "line", byte: (starts[1] ?? 0) + 8 });
    }
  });

  it("that is no bundle at all is malformed", () => {
    assert.deepEqual(refusalOf(Buffer.from("hello")), { kind: "malformed", line: 1, field: "line", byte: 5 });
    assert.equal(refusalOf(Buffer.from("hello\n")).kind, "malformed");
    assert.equal(refusalOf(Buffer.from("\n")).kind, "malformed");
  });

  it("ended as on Windows is malformed", () => {
    assert.equal(refusalOf(lines.map((line) => line.replace("\n", "\r\n"))).kind, "malformed");
  });
});

describe("bundle: a header that lies", () => {
  const cases: readonly (readonly [string, string, Damage, string])[] = [
    ['"artifacts":16', '"artifacts":15', "altered", "counts.artifacts"],
    ['"artifacts":16', '"artifacts":17', "altered", "counts.artifacts"],
    ['"events":11', '"events":10', "altered", "counts.events"],
    ['"events":11', '"events":12', "altered", "counts.events"],
    ['"events":11', '"events":0', "malformed", "counts.events"],
    ['"seq":10', '"seq":11', "altered", "head.seq"],
    ['"runId":"run:', '"runId":"ran:', "malformed", "runId"],
    ["mfm-bundle/1", "mfm-bundle/2", "malformed", "format"],
    ['"format"', '"farmat"', "malformed", "header"],
    ['{"counts"', '{ "counts"', "malformed", "header"],
  ];
  for (const [from, to, kind, field] of cases) {
    it(`${to} instead of ${from}`, () => {
      const header = (lines[0] ?? "").replace(from, to);
      const refused = refusalOf(lines.with(0, header));
      assert.deepEqual([refused.kind, refused.line, refused.field === "farmat" ? "header" : refused.field], [kind, 1, field]);
    });
  }

  it("of another run is altered itself, since the events agree", () => {
    const other = (lines[0] ?? "").replace(/run:[0-9a-f]{64}/, `run:${"0".repeat(64)}`);
    assert.deepEqual(refusalOf(lines.with(0, other)), {
      kind: "altered",
      line: 1,
      field: "runId",
      byte: Buffer.byteLength((lines[0] ?? "").split('"run:')[0] ?? ""),
    });
  });

  it("of another head is altered itself, since the chain holds", () => {
    const other = (lines[0] ?? "").replace(/sha256:[0-9a-f]{64}/, digestOf(""));
    const { kind, line, field } = refusalOf(lines.with(0, other));
    assert.deepEqual([kind, line, field], ["altered", 1, "head.digest"]);
  });
});

describe("bundle: an event that was changed", () => {
  it("tells whether the event or its digest was, by what names it next", () => {
    for (let index = 1; index <= 11; index++) {
      const text = lines[index] ?? "";
      const digest = refusalOf(lines.with(index, text.replace(/sha256:[0-9a-f]{64}/, digestOf(""))));
      assert.deepEqual(digest, { kind: "altered", line: index + 1, field: "digest", byte: (starts[index] ?? 0) + '{"digest":"'.length });
      const event = refusalOf(lines.with(index, text.replace("T00:00:", "T07:00:")));
      assert.deepEqual(event, { kind: "altered", line: index + 1, field: "event", byte: (starts[index] ?? 0) + text.indexOf('{"at"') });
    }
  });

  it("with its digest made right, shows in the prev of the next, or in the header's head", () => {
    for (let index = 1; index <= 11; index++) {
      const event = (history.events[index - 1]?.text ?? "").replace("T00:00:", "T07:00:");
      const { kind, line, field } = refusalOf(lines.with(index, `{"digest":"${digestOf(event)}","event":${event}}\n`));
      assert.deepEqual([kind, line, field], index < 11 ? ["altered", index + 2, "event.prev"] : ["altered", 1, "head.digest"]);
    }
  });
});

describe("bundle: what only verification sees", () => {
  it("is named with line, field and byte as well", async () => {
    const [first, second] = history.events;
    assert.ok(first !== undefined && second !== undefined);
    const wrong = {
      ...history,
      events: [first],
      artifacts: new Map([...history.artifacts].filter(([name]) => JSON.stringify(first.event.data).includes(name))),
    };
    const text = second.text.replace('"attempt":1', '"attempt":2');
    const sealed = { event: JSON.parse(text) as typeof second.event, text, digest: digestOf(text) };
    const content = bundleOf({ ...wrong, events: [first, sealed] });
    await assert.rejects(verifyBundle(content, registry), (error) => {
      assert.ok(error instanceof MfmError && error.code === "HISTORY_INVALID");
      const { line, field, byte, seq } = error.details;
      assert.deepEqual([line, field, seq], [3, "event.data.attempt", 1]);
      assert.equal(content.subarray(Number(byte), Number(byte) + 2).toString(), "2,");
      return true;
    });
  });
});
