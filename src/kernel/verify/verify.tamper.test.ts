/** Every field of every event of a small run, changed by somebody who re-hashes everything after it. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { record } from "../../../test/kernel/record.ts";
import { audit, registryWithChain } from "../../../test/kernel/samples.ts";
import { bundleOf, changesOf, resealed, treeOf, withValue } from "../../../test/kernel/tamper.ts";
import { digestOf } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { Json } from "../json.ts";
import { planOp } from "../op.ts";
import { verifyBundle } from "./bundle.ts";
import type { History } from "./history.ts";

const registry = registryWithChain();
const plan = planOp(audit, { account: "alice" });
const kinds = ["config", "fact", "manifest", "output", "signal", "spec", "value"];
const types = [
  "RunAdmitted",
  "StepCompleted",
  "StepFailed",
  "TimerSet",
  "SignalReceived",
  "ChildStarted",
  "RunPaused",
  "RunResumed",
  "RunSucceeded",
  "RunFailed",
  "RunCancelled",
];

/**
 * What a history says on its own word. An unanchored one shows nothing about it; with the head, every change of it is found.
 * Failed attempts leave no facts, so nothing recomputes their code, advice and time; times are the driver's clock; a child's end is shown by the
 * child's own history.
 */
const onItsWord = /^(?:at|data\.(?:due|actor|reason|retry\.at|child\.(?:seq|digest)))$|^data\.(?:code|advice)$/;

/** Fields at which a changed one may show: itself, what it is part of, or what can no longer be right beside it. */
const showsAt: readonly (readonly [RegExp, RegExp])[] = [
  [/^type$/, /^data\b/],
  [/^data\.advice$/, /^data\.retry\.kind$/],
  [/^data\.retry\.kind$/, /^data\.retry\.at$/],
  [/^data\.step$/, /^data\.attempt$/],
  [/^data\.facts\.\d+\.fact$/, /^data\.output\.digest$/],
];

function isExplained(path: string, field: unknown): boolean {
  if (typeof field !== "string") return false;
  const shown = field.replace(/^event\./, "");
  if (shown === path || path.startsWith(`${shown}.`)) return true;
  return showsAt.some(([changed, at]) => changed.test(path) && at.test(shown));
}

function othersFor(path: string, value: Json | undefined, history: History): Json[] {
  if (/(?:digest|fact|request|prev)$/.test(path))
    return [...history.artifacts.keys(), digestOf("nothing")].filter((digest) => digest !== value);
  if (path === "type") return types.filter((type) => type !== value);
  if (path.endsWith("kind") && path !== "data.retry.kind") return kinds.filter((kind) => kind !== value);
  if (path === "data.step") return [...plan.spec.steps.map((step) => step.key), "nowhere"].filter((step) => step !== value);
  if (path === "data.advice") return ["never", "safe", "reconcile"].filter((advice) => advice !== value);
  if (path === "data.retry.kind") return ["no", "at"].filter((kind) => kind !== value);
  if (path === "at" || /(?:due|retry\.at)$/.test(path)) return ["2027-01-01T00:00:00.000Z", "2020-01-01T00:00:00.000Z"];
  if (path.endsWith("runId")) return [`run:${"0".repeat(64)}`];
  if (typeof value === "number") return [value + 1, value - 1, 1000];
  if (typeof value === "string") return ["other", `${value}1`];
  return [null, {}, "other"];
}

async function refusalOf(history: History, head?: `sha256:${string}`): Promise<MfmError | undefined> {
  try {
    await verifyBundle(bundleOf(history), registry, head === undefined ? {} : { head });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof MfmError, String(error));
    return error;
  }
}

describe("verification of re-hashed histories", () => {
  let history: History;

  before(async () => {
    history = await record({ registry, spec: plan.spec, configText: plan.configText });
  });

  it("a changed field is refused at its event, or is one that a history says on its own word; with the head, every change is found", async () => {
    const original = history.events.at(-1)?.digest;
    const taken = new Set<string>();
    let count = 0;
    for (const { index, path, what, tree } of changesOf(history, (path, value) => othersFor(path, value, history))) {
      const tampered = resealed(history, new Map([[index, tree]]));
      const name = `event ${index} (${String(history.events[index]?.event.type)}): ${path} ${what}`;
      const refused = await refusalOf(tampered);
      count++;
      if (refused === undefined) {
        assert.match(path, onItsWord, `${name} was verified`);
        taken.add(path);
        assert.equal((await refusalOf(tampered, original))?.code, "HEAD_MISMATCH", name);
        continue;
      }
      const { line, field, byte } = refused.details;
      assert.equal(refused.code, "HISTORY_INVALID", name);
      assert.equal(typeof byte, "number", name);
      // The header is wrong where the first event is of another run; a failed attempt of another step shows at that step's next event.
      const elsewhere = (index === 0 && path === "runId" && line === 1) || (index === 1 && path === "data.step" && line === 4);
      assert.ok(line === index + 2 || elsewhere, `${name}: ${refused.message}`);
      assert.ok(isExplained(path, field), `${name}: ${refused.message}`);
    }
    const free = ["actor", "advice", "child.digest", "child.seq", "code", "due", "reason", "retry.at"].map((name) => `data.${name}`);
    assert.deepEqual([...taken].sort(), ["at", ...free]);
    assert.ok(count > 1200, `${count} changes`);
  });

  it("facts dropped, repeated, moved, or of another step are refused at their event", async () => {
    const completed = history.events.flatMap(({ event }, index) => (event.type === "StepCompleted" ? [{ index, event }] : []));
    const every = completed.flatMap(({ event }) => event.data.facts) as unknown as Json[];
    assert.equal(every.length, 4);
    for (const { index, event } of completed) {
      const facts = event.data.facts as unknown as Json[];
      const lists = [
        ...facts.map((_, drop) => facts.toSpliced(drop, 1)),
        ...facts.map((fact) => facts.concat([fact])),
        ...every.map((fact) => facts.concat([fact])),
        ...every.map((fact) => [fact].concat(facts)),
      ];
      if (facts.length > 1) lists.push(facts.toReversed(), [...facts.slice(1), ...facts.slice(0, 1)]);
      for (const list of lists) {
        const sealed = history.events[index];
        assert.ok(sealed !== undefined);
        const refused = await refusalOf(resealed(history, new Map([[index, withValue(treeOf(sealed), "data.facts", list)]])));
        assert.equal(refused?.details["line"], index + 2);
        assert.match(JSON.stringify(refused.details["field"]), /^"event\.data\.facts/);
      }
    }
  });

  it("an event taken out, and the rest numbered anew, is refused where it is missed; without the last the run goes on", async () => {
    for (const dropped of history.events.keys()) {
      const rest = history.events.filter((_, index) => index !== dropped);
      const refused = await refusalOf(renumbered({ ...history, events: rest }));
      if (dropped === history.events.length - 1) {
        assert.equal(refused, undefined);
        continue;
      }
      assert.equal(refused?.code, "HISTORY_INVALID", `without event ${dropped}`);
      assert.ok(Number(refused.details["line"]) >= dropped + 2);
    }
  });

  it("two events swapped, and numbered anew, are refused, or tell of another order of independent things, which the head tells apart", async () => {
    const accepted: string[] = [];
    const head = history.events.at(-1)?.digest;
    for (const left of history.events.keys()) {
      for (let right = left + 1; right < history.events.length; right++) {
        const events = [...history.events];
        const [one, other] = [events[left], events[right]];
        if (one === undefined || other === undefined) continue;
        [events[left], events[right]] = [other, one];
        const swapped = renumbered({ ...history, events });
        const refused = await refusalOf(swapped);
        if (refused === undefined) {
          accepted.push(`${one.event.type}/${other.event.type}`);
          assert.equal((await refusalOf(swapped, head))?.code, "HEAD_MISMATCH");
        } else assert.equal(refused.code, "HISTORY_INVALID");
      }
    }
    assert.deepEqual([...new Set(accepted)].sort(), [
      "SignalReceived/StepCompleted",
      "StepCompleted/SignalReceived",
      "StepCompleted/StepCompleted",
      "StepFailed/SignalReceived",
      "StepFailed/StepCompleted",
    ]);
  });
});

/** Numbers the events from 0 and seals them again. */
function renumbered(history: History): History {
  return resealed(history, new Map(history.events.map((sealed, index) => [index, withValue(treeOf(sealed), "seq", index)])));
}
