/** Laws of the fold over random runs of random specs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { randomSpec } from "../../test/kernel/random-spec.ts";
import { type Simulated, simulate, simulatedRunId, stormy } from "../../test/kernel/simulate.ts";
import { toCanonical } from "./canonical.ts";
import { MfmError } from "./errors.ts";
import { type SealedEvent, readEvent, sealEvent } from "./events.ts";
import { Fold } from "./fold.ts";
import { nextDue } from "./next-due.ts";
import type { FoldState } from "./progress.ts";
import type { Spec } from "./spec.ts";

const spec = randomSpec({ kinds: ["pure", "read", "wait", "signal", "child"], maxSteps: 10 });
const seed = fc.integer({ min: 0, max: 2 ** 31 });

/** Everything that a fold says. */
function look(fold: Fold): unknown {
  return {
    state: fold.state(),
    ready: fold.ready,
    done: fold.done,
    run: fold.run(),
    due: nextDue(fold),
    attempts: fold.progress.map((_, index) => fold.attempts(index)),
  };
}

function foldAll(planned: Spec, events: readonly SealedEvent[]): Fold {
  const fold = new Fold(simulatedRunId, planned);
  for (const sealed of events) fold.apply(sealed);
  return fold;
}

function simulated(planned: Spec, luck: number): Simulated {
  return simulate(planned, luck, { ...stormy, safe: 40 });
}

describe("fold: laws", () => {
  it("a snapshot taken at any event, written and read again, is the fold of the events up to there", () => {
    fc.assert(
      fc.property(spec, seed, (planned, luck) => {
        const { events } = simulated(planned, luck);
        const fold = new Fold(simulatedRunId, planned);
        for (const sealed of events) {
          fold.apply(sealed);
          const stored = JSON.parse(toCanonical(fold.state())) as FoldState;
          assert.deepEqual(look(Fold.from(simulatedRunId, planned, stored)), look(fold));
        }
      }),
      { numRuns: 100 },
    );
  });

  it("a snapshot continued with the tail is the fold of the whole", () => {
    fc.assert(
      fc.property(spec, seed, fc.nat(), (planned, luck, cut) => {
        const { events, fold } = simulated(planned, luck);
        const at = 1 + (cut % events.length);
        const continued = Fold.from(simulatedRunId, planned, foldAll(planned, events.slice(0, at)).state());
        for (const sealed of events.slice(at)) continued.apply(sealed);
        assert.deepEqual(look(continued), look(fold));
      }),
      { numRuns: 200 },
    );
  });

  it("events read back from their texts fold to the same", () => {
    fc.assert(
      fc.property(spec, seed, (planned, luck) => {
        const { events, fold } = simulated(planned, luck);
        const read = events.map(({ text }) => readEvent(text));
        assert.deepEqual(read, events);
        assert.deepEqual(look(foldAll(planned, read)), look(fold));
      }),
      { numRuns: 100 },
    );
  });

  it("an event of another place in the same run is taken or refused as invalid, and a refusal leaves no trace", () => {
    fc.assert(
      fc.property(spec, seed, fc.nat(), fc.nat(), (planned, luck, here, there) => {
        const { events } = simulated(planned, luck);
        const fold = foldAll(planned, events.slice(0, 1 + (here % events.length)));
        const foreign = events[there % events.length]?.event;
        assert.ok(foreign !== undefined);
        const before = look(fold);
        const { type, data } = foreign;
        try {
          fold.apply(sealEvent({ type, data } as never, simulatedRunId, fold.head, foreign.at));
        } catch (error) {
          assert.ok(error instanceof MfmError && error.code === "HISTORY_INVALID");
          assert.equal(typeof error.details["field"], "string");
          assert.deepEqual(look(fold), before);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("the ready steps are those whose predecessors are done, and counts agree, at every event", () => {
    fc.assert(
      fc.property(spec, seed, (planned, luck) => {
        const fold = new Fold(simulatedRunId, planned);
        for (const sealed of simulated(planned, luck).events) {
          fold.apply(sealed);
          const done = new Set(fold.stepsThat("done").map((index) => fold.stepAt(index).key));
          const ready = [...planned.steps.entries()].filter(
            ([, step]) => !done.has(step.key) && predecessors(step).every((key) => done.has(key)),
          );
          assert.deepEqual(
            fold.ready,
            ready.map(([index]) => index),
          );
          assert.equal(fold.done, done.size);
        }
      }),
      { numRuns: 100 },
    );
  });
});

/** Said again, without the code under test: every `after`, and every `from` anywhere in the step. */
function predecessors(step: Spec["steps"][number]): string[] {
  const named = [...JSON.stringify(step).matchAll(/"from":"([^"]+)"/g)].map((match) => match[1] ?? "");
  return [...step.after, ...named];
}
