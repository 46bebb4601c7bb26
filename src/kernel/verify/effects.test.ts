/** Histories with effects, tampered with by somebody who re-hashes everything after the change: refused, or on the history's own word. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { recordedRegistry } from "../../../test/histories/recording.ts";
import {
  type Tree,
  artifactAt,
  assertRefused,
  bundleOf,
  changesOf,
  eventAt,
  resealed,
  withArtifact,
  withValue,
} from "../../../test/kernel/tamper.ts";
import { digestOf, toCanonical } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { Json } from "../json.ts";
import { readBundle, verifyBundle } from "./bundle.ts";
import type { History } from "./history.ts";

const folder = fileURLToPath(new URL("../../../../test/histories/v1/", import.meta.url));
const registry = recordedRegistry();

function historyOf(name: string): History {
  return readBundle(readFileSync(`${folder}${name}.ndjson`));
}

/** The seqs of a history's events of a type. */
function seqsOf(history: History, type: string): number[] {
  return history.events.flatMap(({ event }) => (event.type === type ? [event.seq] : []));
}

const words: readonly (readonly [RegExp, readonly Json[]])[] = [
  [
    /^type$/,
    [
      "EffectPrepared",
      "EffectDispatched",
      "EffectObserved",
      "EffectSettled",
      "EffectAmbiguous",
      "EffectAbandoned",
      "StepCompleted",
      "StepFailed",
      "RunCancelled",
      "CancelRequested",
    ],
  ],
  [/^data\.seen\.kind$/, ["unknown", "accepted", "notFound", "stuck", "included", "removed"]],
  [/status$|outcome\.kind$/, ["success", "reverted", "cancelled", "superseded"]],
  [/why\.kind$/, ["refused", "failed", "cancelled"]],
  [/kind$/, ["envelope", "evidence", "intent", "settlement", "value"]],
  [/advice$/, ["never", "safe", "reconcile"]],
  [/retry\.kind$/, ["at", "no"]],
  [/^at$|retry\.at$/, ["2027-01-01T00:00:00.000Z"]],
  [/step$/, ["buy/book", "buy/lamp", "buy/unicorn", "nowhere"]],
];

function othersFor(history: History): (path: string, value: Json | undefined) => readonly Json[] {
  return (path, value) => {
    const others = /(?:digest|fact|request|prev|effect)$/.test(path)
      ? [...history.artifacts.keys(), digestOf("nothing")]
      : typeof value === "number"
        ? [value + 1, value - 1, 1000]
        : (words.find(([pattern]) => pattern.test(path))?.[1] ?? ["other", `${JSON.stringify(value)}1`]);
    return others.filter((other) => other !== value);
  };
}

/**
 * What a history says on its own word: the driver's clock, codes of attempts that failed, and which of several pieces of evidence about a
 * candidate that say as much was seen when.
 */
const onItsWord: { readonly [name: string]: readonly string[] } = {
  ordered: ["at", "data.seen.evidence.digest"],
  "called-off": ["at", "data.advice", "data.code", "data.retry.at"],
  broken: ["at"],
  dodo: ["at"],
  mirage: ["at"],
};

async function refusalOf(history: History): Promise<MfmError | undefined> {
  try {
    await verifyBundle(bundleOf(history), registry);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof MfmError, String(error));
    return error;
  }
}

describe("verification of re-hashed histories with effects", () => {
  for (const [name, free] of Object.entries(onItsWord)) {
    it(`${name}: a changed field is refused at its event or after it, or is on the history's own word`, async () => {
      const history = historyOf(name);
      const taken = new Set<string>();
      for (const { index, path, what, tree } of changesOf(history, othersFor(history))) {
        const refused = await refusalOf(resealed(history, new Map([[index, tree]])));
        if (refused === undefined) taken.add(path);
        else assert.equal(refused.code, "HISTORY_INVALID", `event ${index}: ${path} ${what}`);
        if (refused !== undefined && path !== "seq")
          assert.ok(Number(refused.details["seq"] ?? index) >= index, `event ${index}: ${path} ${what}: ${refused.message}`);
      }
      assert.deepEqual([...taken].sort(), free);
    });
  }

  it("an event taken out is refused, but for the last, a failed attempt, and a look that led to nothing", async () => {
    for (const name of Object.keys(onItsWord)) {
      const history = historyOf(name);
      for (const dropped of history.events.slice(0, -1)) {
        const rest = history.events.filter((sealed) => sealed !== dropped);
        const trees = rest.map(({ text }, seq): readonly [number, Tree] => [
          seq,
          { ...(JSON.parse(text) as Tree), seq, prev: rest[seq]?.event.prev ?? null },
        ]);
        const events = { ...history, events: rest };
        const refused = await refusalOf(resealed(events, new Map(trees)));
        const { event } = dropped;
        const isLook = event.type === "EffectObserved" && !["included", "removed"].includes(event.data.seen.kind);
        const isFree = isLook || event.type === "StepFailed";
        if (refused === undefined) assert.ok(isFree, `${name} without event ${dropped.event.seq} (${dropped.event.type}) is verified`);
      }
    }
  });
});

describe("verification recomputes what an effect's events claim", () => {
  const history = historyOf("ordered");
  const [intendedAt = 0] = seqsOf(history, "EffectIntended");
  const [preparedAt = 0] = seqsOf(history, "EffectPrepared");
  const [settledAt = 0] = seqsOf(history, "EffectSettled");
  const [completedAt = 0] = seqsOf(history, "StepCompleted");
  const [, notFoundAt = 0, acceptedAt = 0] = seqsOf(history, "EffectObserved");

  it("an intent that the state's code does not make", async () => {
    const intent = artifactAt(history, intendedAt, "data.intent.digest");
    const changed = withArtifact(history, intendedAt, "data.intent.digest", { ...intent, item: "two books" });
    await assertRefused(changed, [intendedAt, "data.intent.digest", /computes another intent/], registry);
  });

  it("a candidate that is not what was intended, or has another identity", async () => {
    const envelope = artifactAt(history, preparedAt, "data.envelope.digest");
    const field = "data.envelope.digest";
    for (const [change, expected] of [
      [{ item: "two books" }, /not what was intended/],
      [{ key: digestOf("other") }, /not what was intended/],
      [{ note: "more" }, /no envelope/],
    ] as const)
      await assertRefused(withArtifact(history, preparedAt, field, { ...envelope, ...change }), [preparedAt, field, expected], registry);
    const named = resealed(history, new Map([[preparedAt, withValue(eventAt(history, preparedAt), "data.identity", "other")]]));
    await assertRefused(named, [preparedAt, "data.identity", /not the identity/], registry);
  });

  it("evidence that says something else, is of another candidate or kind, or is no news", async () => {
    const field = "data.seen.evidence.digest";
    const evidence = artifactAt(history, acceptedAt, field);
    const refuse = async (data: Json, at: string, expected: RegExp): Promise<void> =>
      assertRefused(withArtifact(history, acceptedAt, field, data), [acceptedAt, at, expected], registry);
    await refuse({ ...evidence, evidence: { kind: "held", why: "CUSTOMS" } }, "data.seen.kind", /not what the evidence says/);
    await refuse({ ...evidence, evidence: { kind: "nonsense" } }, "type", /not what the evidence says/);
    await refuse({ ...evidence, evidence: { kind: "unheard" } }, "type", /no news/);
    await refuse({ ...evidence, candidate: digestOf("other") }, field, /no evidence about this candidate/);
    await refuse({ ...evidence, effect: "history.v1/other@1" }, field, /no evidence about this candidate/);
    await refuse({ ...evidence, format: "mfm-evidence/2" }, field, /no evidence about this candidate/);
    await refuse({ ...evidence, evidence: { kind: "else" } }, field, /no evidence about this candidate/);
    await refuse(artifactAt(history, notFoundAt, field), "type", /no news/);
  });

  it("a settlement and an output that the evidence does not make", async () => {
    const settlement = withArtifact(history, settledAt, "data.outcome.settlement.digest", { parcel: 9 });
    await assertRefused(settlement, [settledAt, "data.outcome.settlement.digest", /makes another settlement/], registry);
    const output = withArtifact(history, completedAt, "data.output.digest", { item: "book", parcel: 9 });
    await assertRefused(output, [completedAt, "data.output.digest", /makes another output/], registry);
  });

  it("an event that the outside never had a part in: a revert without evidence of one", async () => {
    const settled = eventAt(history, settledAt);
    const outcome = resealed(history, new Map([[settledAt, withValue(settled, "data.outcome", { kind: "reverted" })]]));
    await assertRefused(outcome, [settledAt, "data.outcome.kind", /included with success/], registry);
    assert.ok(toCanonical(settled).includes("EffectSettled"));
  });
});
