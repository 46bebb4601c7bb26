import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { openModelStore } from "../../storages/model/model-store.ts";
import { admissionOf, entryPoints } from "../../testing/store/streams.ts";
import type { DefinitionId } from "../names.ts";
import type { Claimed } from "../leases.ts";
import { type EntryPointTerms, Turns } from "./turns.ts";

const me = { owner: "me", milliseconds: 60_000 } as const;

interface Due {
  readonly entryPoint: DefinitionId;
  readonly concurrency: number | undefined;
  readonly priority: number;
  readonly runs: number;
}

/** Some entry points with runs that are due, how many turns later what was claimed ends, and how many are claimed at once. */
const situations = fc.record({
  due: fc.tuple(
    ...entryPoints.map((entryPoint) =>
      fc.record({
        entryPoint: fc.constant(entryPoint),
        concurrency: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
        priority: fc.integer({ min: 0, max: 1 }),
        runs: fc.integer({ min: 0, max: 8 }),
      }),
    ),
  ),
  lasts: fc.integer({ min: 0, max: 6 }),
  places: fc.integer({ min: 1, max: 5 }),
});

/** Claims until nothing is due, and says before each turn what was due with room for it, and after it whose turn it was. */
async function claimAll(
  { due, lasts, places }: { readonly due: readonly Due[]; readonly lasts: number; readonly places: number },
  onTurn: (open: readonly Due[], taken: DefinitionId | undefined, active: ReadonlyMap<DefinitionId, number>) => void,
): Promise<void> {
  const store = openModelStore({ clock: () => 0 });
  const left = new Map(due.map(({ entryPoint, runs }) => [entryPoint, runs]));
  for (const { entryPoint, runs } of due)
    for (let index = 0; index < runs; index++) await store.append(admissionOf(`${entryPoint} ${index}`, { entryPoint }));
  const turns = new Turns(entryPoints, new Map<DefinitionId, EntryPointTerms>(due.map((each) => [each.entryPoint, each])));
  const active = new Map<DefinitionId, number>(entryPoints.map((entryPoint) => [entryPoint, 0]));
  const driven: Claimed[] = [];
  const change = (entryPoint: DefinitionId, by: number): void => void active.set(entryPoint, (active.get(entryPoint) ?? 0) + by);
  const endOne = async (): Promise<void> => {
    const ended = driven.shift();
    if (ended === undefined) return;
    await store.release(ended.lease, null);
    change(ended.stored.run.entryPoint, -1);
  };
  while ([...left.values()].some((runs) => runs > 0)) {
    const found = await turns.take(
      places,
      (turn) => store.claimNext({ ...me, ...turn, exceptSpecs: [], limits: turns.limits }),
      ({ stored }) => stored.run.entryPoint,
    );
    assert.ok(found.length <= places);
    for (const claimed of found.length === 0 ? [undefined] : found) {
      const open = due.filter(
        ({ entryPoint, concurrency = Infinity }) => (left.get(entryPoint) ?? 0) > 0 && (active.get(entryPoint) ?? 0) < concurrency,
      );
      const taken = claimed?.stored.run.entryPoint;
      if (claimed !== undefined) driven.push(claimed);
      if (taken !== undefined) {
        left.set(taken, (left.get(taken) ?? 0) - 1);
        change(taken, 1);
      }
      onTurn(open, taken, active);
    }
    if (found.length === 0) await endOne();
    while (driven.length > lasts) await endOne();
  }
}

describe("turns", () => {
  test("are taken whenever something is due that there is room for, by the highest priority, within every limit", async () => {
    await fc.assert(
      fc.asyncProperty(situations, async (situation) => {
        await claimAll(situation, (open, taken, active) => {
          const highest = Math.max(...open.map(({ priority }) => priority));
          const may = open.filter(({ priority }) => priority === highest).map(({ entryPoint }) => entryPoint);
          assert.ok(taken === undefined ? may.length === 0 : may.includes(taken));
          for (const { entryPoint, concurrency = Infinity } of situation.due) assert.ok((active.get(entryPoint) ?? 0) <= concurrency);
        });
      }),
      { numRuns: 200 },
    );
  });

  test("come round: of those that always have something due, none waits for more than two turns of each other", async () => {
    await fc.assert(
      fc.asyncProperty(situations, async ({ due, ...situation }) => {
        const waits = new Map<DefinitionId, DefinitionId[]>();
        const equal = due.map((each) => Object.assign({}, each, { priority: 0, concurrency: undefined }));
        await claimAll({ ...situation, due: equal }, (open, taken) => {
          for (const { entryPoint } of open) {
            const others = taken === entryPoint || taken === undefined ? [] : [...(waits.get(entryPoint) ?? []), taken];
            waits.set(entryPoint, others);
            for (const other of entryPoints)
              assert.ok(others.filter((each) => each === other).length <= 2, `${entryPoint}: ${others.join(" ")}`);
          }
        });
      }),
      { numRuns: 200 },
    );
  });
});
