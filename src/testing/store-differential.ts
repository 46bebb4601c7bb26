/**
 * Drives two stores with the same random operations and compares every answer, and from time to time everything there is to read.
 * One of them is the model, which is right by definition.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Store } from "../kernel/store.ts";
import { openModelStore } from "../storages/model/model-store.ts";
import { type Operation, Operations } from "./store/operations.ts";
import { entryPoints } from "./store/streams.ts";
import { type OpenStore, startOfTime } from "./store/subject.ts";

/** Without each of these the comparison would say less than it seems to. */
const needed = [
  "append admission appended",
  "append admission conflict",
  "append next appended",
  "append next conflict",
  "append next fenced",
  "append next laneMoved",
  "claim claimed",
  "claim busy",
  "claim ended",
  "claim unknown",
  "claimNext claimed",
  "claimNext nothing",
  "claimNext several",
  "heartbeat kept",
  "heartbeat lost",
  "heartbeat nothing",
  "release known",
  "writeSnapshot real",
  "writeSnapshot made up",
  ...["readRun", "readEvents", "readArtifact", "readSnapshot", "listRuns", "readLane", "listEffects", "listDrivers", "nextDue"].flatMap(
    (name) => [`${name} something`, `${name} nothing`],
  ),
];

/** Registers a `node:test` test that asks a store and the model the same 4,500 things. */
export function testStoreDifferential(name: string, open: OpenStore): void {
  test(`${name} answers as the model does, whatever is asked`, async () => {
    const seen = new Map<string, number>();
    for (const seed of [1, 2, 3]) {
      const clock = { now: startOfTime };
      const reference = openModelStore({ clock: () => clock.now });
      const { store: subject, close } = await open(() => clock.now);
      for (const [outcome, times] of await compareStores({ reference, subject, clock, seed, operations: 1500 }))
        seen.set(outcome, (seen.get(outcome) ?? 0) + times);
      await close();
    }
    assert.deepEqual(
      needed.filter((outcome) => !seen.has(outcome)),
      [],
    );
  });
}

export interface DifferentialOptions {
  readonly reference: Store;
  readonly subject: Store;
  /** Both stores take their time from here. */
  readonly clock: { now: number };
  readonly seed: number;
  readonly operations: number;
}

/** Operations between two comparisons of everything. */
const dumpInterval = 250;

/**
 * How often each operation had each outcome, such as `append conflict`: the caller asserts that nothing it relies on was left out.
 * @throws AssertionError naming seed and operation when the stores differ
 */
export async function compareStores(options: DifferentialOptions): Promise<ReadonlyMap<string, number>> {
  const { reference, subject, clock, seed, operations } = options;
  const outcomes = new Map<string, number>();
  const source = new Operations(seed, clock);
  let sinceDump = 0;
  for (let done = 0; done < operations;) {
    const group = source.nextGroup();
    const expected = await runAll(reference, group);
    const actual = await runAll(subject, group);
    for (const [index, operation] of group.entries()) {
      assert.deepEqual(actual[index], expected[index], `seed ${seed}, operation ${done + index}: ${operation.name}`);
      const outcome = `${operation.name} ${operation.outcome(expected[index])}`;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    done += group.length;
    sinceDump += group.length;
    if (sinceDump < dumpInterval && done < operations) continue;
    sinceDump = 0;
    await assertEqualStores(subject, reference, source.artifacts(), `seed ${seed}, after operation ${done}`);
  }
  return outcomes;
}

/** Operations of one group are asked for at once: a backend may put them in one commit, but must answer as if one came after the other. */
async function runAll(store: Store, group: readonly Operation[]): Promise<unknown[]> {
  return (await Promise.all(group.map((operation) => operation.run(store)))).map(comparable);
}

/** @throws AssertionError when anything that can be read differs */
export async function assertEqualStores(
  actual: Store,
  expected: Store,
  artifacts: Iterable<Parameters<Store["readArtifact"]>[0]>,
  when: string,
): Promise<void> {
  const digests = [...artifacts];
  assert.deepEqual(await dump(actual, digests), await dump(expected, digests), when);
}

async function dump(store: Store, digests: readonly Parameters<Store["readArtifact"]>[0][]): Promise<unknown> {
  const runs = await store.listRuns({ limit: 1_000_000 });
  const streams: unknown[] = [];
  for (const { run } of runs) streams.push(await store.readEvents(run.runId, 0, 1_000_000), await store.readSnapshot(run.runId));
  const bodies: unknown[] = [];
  for (const digest of digests) bodies.push(await store.readArtifact(digest));
  const effects = await store.listEffects({ limit: 1_000_000 });
  const lanes: unknown[] = [];
  for (const lane of await store.listLanes()) lanes.push(await store.readLane(lane, 1_000_000));
  return comparable({ runs, streams, bodies, effects, lanes, info: await store.info(), nextDue: await store.nextDue(entryPoints) });
}

/** What two stores must agree on: bytes whatever their class, counts without what is a store's own. */
function comparable(answer: unknown): unknown {
  if (answer instanceof Uint8Array) return Buffer.from(answer).toString("hex");
  if (Array.isArray(answer)) return answer.map(comparable);
  if (typeof answer !== "object" || answer === null) return answer;
  const own: ReadonlySet<string> = new Set("scope" in answer && "bytes" in answer ? ["url", "scope", "schema", "bytes"] : []);
  return Object.fromEntries(
    Object.entries(answer)
      .filter(([name]) => !own.has(name))
      .map(([name, value]) => [name, comparable(value)]),
  );
}
