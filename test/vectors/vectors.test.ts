/** The vectors that the pages of `docs/formats/` quote: recomputed without MFM where that is possible, and by MFM. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf, parseCanonical, toCanonical } from "../../src/kernel/canonical.ts";
import { type CodecName, codecs } from "../../src/kernel/codecs.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import { Fold } from "../../src/kernel/fold.ts";
import type { Json } from "../../src/kernel/json.ts";
import type { Spec } from "../../src/kernel/spec.ts";
import { readBundle } from "../../src/kernel/verify/bundle.ts";
import { recordedRegistry } from "../histories/recording.ts";
import { type Data, type Members, canonical, readPlainBundle, readRecorded, readVectors, runIdOf, sha256 } from "./plain.ts";

interface Named {
  readonly text: string;
  readonly digest: string;
}

function assertNamed({ text, digest }: Named): void {
  assert.equal(canonical(JSON.parse(text) as Data), text);
  assert.equal(sha256(text), digest);
  assert.equal(toCanonical(parseCanonical(text)), text);
  assert.equal(digestOf(text), digest);
}

function assertArtifact(history: string, { text, digest }: Named): void {
  assert.equal(readPlainBundle(readRecorded(history)).artifacts.get(digest), text);
}

interface CanonicalVectors {
  readonly accepted: readonly (Named & { readonly note: string })[];
  readonly refused: readonly { readonly note: string; readonly text: string; readonly byte: number }[];
}

describe("vectors: canonical", () => {
  const { accepted, refused } = readVectors<CanonicalVectors>("canonical");
  for (const vector of accepted) it(`accepted: ${vector.note}`, () => assertNamed(vector));
  for (const { note, text, byte } of refused) {
    it(`refused: ${note}`, () => {
      assert.throws(
        () => parseCanonical(text),
        (error) => {
          assert.ok(error instanceof MfmError);
          assert.deepEqual([error.code, error.details["byte"]], ["NOT_CANONICAL", byte]);
          return true;
        },
      );
    });
  }
});

interface CodecVectors {
  readonly codec: CodecName;
  readonly accepted: readonly (readonly [written: Json, canonical: string])[];
  readonly refused: readonly Json[];
}

describe("vectors: codecs", () => {
  const vectors = readVectors<readonly CodecVectors[]>("codecs");

  it("there are some for every codec", () =>
    assert.deepEqual(vectors.map(({ codec }) => codec).toSorted(), Object.keys(codecs).toSorted()));

  for (const { codec, accepted, refused } of vectors) {
    it(codec, () => {
      const { decode, encode } = codecs[codec];
      for (const [written, form] of accepted) {
        assert.equal(encode(decode(written)), form);
        assert.equal(encode(decode(form)), form);
      }
      for (const written of refused) assert.equal(decode(written), undefined, JSON.stringify(written));
    });
  }
});

interface SpecVectors {
  readonly descriptors: readonly (Named & { readonly note: string })[];
  readonly states: readonly (Named & { readonly id: string })[];
  readonly capabilities: readonly (Named & { readonly id: string })[];
  readonly spec: { readonly history: string; readonly text: string; readonly specRef: string };
  readonly steps: readonly { readonly history: string; readonly text: string }[];
  readonly lists: readonly { readonly history: string; readonly text: string }[];
}

describe("vectors: spec", () => {
  const { descriptors, states, capabilities, spec, steps, lists } = readVectors<SpecVectors>("spec");
  const registry = recordedRegistry();

  for (const vector of descriptors) it(`descriptor of ${vector.note}`, () => assertNamed(vector));
  for (const vector of states) {
    it(`state ${vector.id}`, () => {
      assertNamed(vector);
      assert.equal(registry.states.get(vector.id)?.use.descriptor, vector.digest);
    });
  }
  for (const vector of capabilities) {
    it(`capability ${vector.id}`, () => {
      assertNamed(vector);
      const needs = [...registry.states.values()].flatMap((state) => Object.values(state.use.capabilities));
      assert.equal(needs.find((need) => need.id === vector.id)?.descriptor, vector.digest);
    });
  }

  it("a whole spec", () => {
    const named = { text: spec.text, digest: spec.specRef };
    assertNamed(named);
    assertArtifact(spec.history, named);
  });

  it("steps and lists stand in a recorded spec as they are", () => {
    for (const { history, text } of [...steps, ...lists]) {
      assert.equal(canonical(JSON.parse(text) as Data), text);
      const specs = [...readPlainBundle(readRecorded(history)).artifacts.values()].filter((artifact) =>
        artifact.includes('"format":"mfm-spec/1"'),
      );
      assert.ok(
        specs.some((whole) => whole.includes(text.replace(/^\[(.*)\]$/s, "$1"))),
        text,
      );
    }
  });
});

interface Identity {
  readonly history: string;
  readonly invocationText: string;
  readonly invocation: string;
  readonly runText: string;
  readonly runId: string;
  readonly manifest: Named;
}
interface IdentityVectors {
  readonly run: Identity & { readonly key: string; readonly scope: string };
  readonly child: Identity & { readonly parent: string; readonly step: string };
}

describe("vectors: identity", () => {
  const { run, child } = readVectors<IdentityVectors>("identity");

  function assertIdentity(vector: Identity): void {
    assert.equal(sha256(vector.invocationText), vector.invocation);
    const { entryPoint, invocation, scope } = JSON.parse(vector.manifest.text) as Members;
    assert.equal(
      canonical({ domain: "mfm-run/1", entryPoint: entryPoint ?? null, invocation: invocation ?? null, scope: scope ?? null }),
      vector.runText,
    );
    assert.equal(invocation, vector.invocation);
    assert.equal(runIdOf(sha256(vector.runText)), vector.runId);
    assertNamed(vector.manifest);
    assertArtifact(vector.history, vector.manifest);
    assert.equal(readPlainBundle(readRecorded(vector.history)).header["runId"], vector.runId);
  }

  it("of a run that was started with a key", () => {
    assert.equal(canonical({ domain: "mfm-invocation-key/1", key: run.key }), run.invocationText);
    assertIdentity(run);
  });

  it("of a child run", () => {
    assert.equal(canonical({ domain: "mfm-child-invocation/1", parent: child.parent, step: child.step }), child.invocationText);
    assertIdentity(child);
  });
});

interface HistoryVectors {
  readonly events: readonly (Named & { readonly name: string; readonly history: string })[];
  readonly fact: Named & { readonly history: string; readonly requestText: string; readonly request: string };
  readonly effect: Named & { readonly history: string };
  readonly evidence: Named & { readonly history: string };
}

describe("vectors: history", () => {
  const { events, fact } = readVectors<HistoryVectors>("history");

  for (const vector of events) {
    it(vector.name, () => {
      assertNamed(vector);
      assert.ok(
        readPlainBundle(readRecorded(vector.history)).events.some(({ text, digest }) => text === vector.text && digest === vector.digest),
      );
    });
  }

  it("a fact, and the question that an event names", () => {
    assertNamed(fact);
    assertArtifact(fact.history, fact);
    assertNamed({ text: fact.requestText, digest: fact.request });
    assert.equal(canonical((JSON.parse(fact.text) as Members)["request"] ?? null), fact.requestText);
    const use = JSON.stringify(fact.request);
    assert.ok(
      readPlainBundle(readRecorded(fact.history)).events.some(
        ({ text }) => text.includes(`"fact":"${fact.digest}"`) && text.includes(`"request":${use}`),
      ),
    );
  });
});

describe("vectors: effects", () => {
  const { effect, evidence } = readVectors<HistoryVectors>("history");

  it("an effect's id, and evidence about its candidate", () => {
    assertNamed(effect);
    assertNamed(evidence);
    assertArtifact(evidence.history, evidence);
    const { events } = readPlainBundle(readRecorded(effect.history));
    const { run, step } = JSON.parse(effect.text) as Members;
    const intended = events.find(({ text }) => text.includes(`"effect":"${effect.digest}"`));
    assert.deepEqual([intended?.event["type"], intended?.event["runId"]], ["EffectIntended", run]);
    assert.equal(intended?.text.includes(`"step":${JSON.stringify(step)}`), true);
  });
});

describe("vectors: bundle", () => {
  it("is a recorded one, line by line", () => {
    const { history, lines } = readVectors<{ readonly history: string; readonly lines: readonly string[] }>("bundle");
    assert.equal(`${lines.join("\n")}\n`, readRecorded(history));
  });
});

describe("vectors: snapshot", () => {
  const vector = readVectors<Named & { readonly history: string; readonly events: number }>("snapshot");

  it("is what the fold of the events before it makes", () => {
    assertNamed(vector);
    const { runId, events, artifacts } = readBundle(Buffer.from(readRecorded(vector.history)));
    const [first] = events;
    assert.ok(first?.event.type === "RunAdmitted");
    const fold = new Fold(runId, JSON.parse(artifacts.get(first.event.data.spec.digest) ?? "") as Spec);
    for (const event of events.slice(0, vector.events)) fold.apply(event);
    assert.equal(toCanonical({ fold: fold.state() as unknown as Json, format: "mfm-snapshot/2", runId }), vector.text);
  });
});
