import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { openModelStore } from "../../storages/model/model-store.ts";
import { admissionOf, entryPoints } from "../../testing/store/streams.ts";
import type { DefinitionId } from "../names.ts";
import { type EntryPointTerms, Turns } from "./turns.ts";

const me = { owner: "me", milliseconds: 60_000 } as const;

interface Due {
  readonly entryPoint: DefinitionId;
  readonly concurrency: number | undefined;
  readonly priority: number;
  readonly runs: number;
}

/** Some entry points with runs that are due, and how many turns later what was claimed ends. */
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
});

/** Claims until nothing is due, and says before each turn what was due with room for it, and after it whose turn it was. */
async function claimAll(
  { due, lasts }: { readonly due: readonly Due[]; readonly lasts: number },
  onTurn: (open: readonly Due[], taken: DefinitionId | undefined, active: ReadonlyMap<DefinitionId, number>) => void,
): Promise<void> {
  const store = openModelStore({ clock: () => 0 });
  const left = new Map(due.map(({ entryPoint, runs }) => [entryPoint, runs]));
  for (const { entryPoint, runs } of due)
    for (let index = 0; index < runs; index++) await store.append(admissionOf(`${entryPoint} ${index}`, { entryPoint }));
  const turns = new Turns(entryPoints, new Map<DefinitionId, EntryPointTerms>(due.map((each) => [each.entryPoint, each])));
  const active = new Map<DefinitionId, number>(entryPoints.map((entryPoint) => [entryPoint, 0]));
  const driven: DefinitionId[] = [];
  const change = (entryPoint: DefinitionId, by: number): void => void active.set(entryPoint, (active.get(entryPoint) ?? 0) + by);
  const endOne = (): void => {
    const entryPoint = driven.shift();
    if (entryPoint === undefined) return;
    turns.end(entryPoint);
    change(entryPoint, -1);
  };
  while ([...left.values()].some((runs) => runs > 0)) {
    const open = due.filter(
      ({ entryPoint, concurrency = Infinity }) => (left.get(entryPoint) ?? 0) > 0 && (active.get(entryPoint) ?? 0) < concurrency,
    );
    const found = await turns.next(
      (asked) => store.claimNext({ ...me, entryPoints: asked, exceptSpecs: [] }),
      ({ stored }) => stored.run.entryPoint,
    );
    const taken = found?.stored.run.entryPoint;
    if (taken !== undefined) {
      left.set(taken, (left.get(taken) ?? 0) - 1);
      change(taken, 1);
      driven.push(taken);
    }
    onTurn(open, taken, active);
    if (taken === undefined || driven.length > lasts) endOne();
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
      fc.asyncProperty(situations, async ({ due, lasts }) => {
        const waits = new Map<DefinitionId, DefinitionId[]>();
        const equal = due.map((each) => Object.assign({}, each, { priority: 0, concurrency: undefined }));
        await claimAll({ due: equal, lasts }, (open, taken) => {
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
