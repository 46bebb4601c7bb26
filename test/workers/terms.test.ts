/** What a worker drives first, and how much at once, on every store: fairness, priorities and limits of entry points. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as z from "zod";
import { machineRandom, machineTime } from "../../src/app/machine.ts";
import { defineCapability, implement } from "../../src/kernel/capability.ts";
import { type Op, defineOp } from "../../src/kernel/op.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import type { EntryPointTerms } from "../../src/kernel/runtime/turns.ts";
import { runWorker } from "../../src/kernel/runtime/worker.ts";
import { defineState } from "../../src/kernel/state.ts";
import { inPlaces } from "../crash/harness.ts";
import { type Backend, backends, openPlace } from "../crash/places.ts";
import { sharedServer } from "../postgres/servers.ts";

const desk = defineCapability({
  id: "test.terms/desk@1",
  kind: "read",
  methods: { sit: { request: z.strictObject({ op: z.string().max(60) }), response: z.strictObject({ left: z.boolean() }) } },
});
const sitting = defineState({
  id: "test.terms/sitting@1",
  effect: "read",
  needs: { desk },
  config: z.strictObject({ op: z.string().max(60) }),
  output: z.strictObject({ left: z.boolean() }),
  run: ({ config, desk: asked }) => asked.sit(config),
});
const opOf = (id: `${string}/${string}@${number}`): Op =>
  defineOp({
    id,
    config: z.strictObject({ name: z.string().max(60) }),
    plan: (program) => ({ left: program.step("sit", sitting, { config: { op: id } }).output }),
  });
const [busy, quiet] = [opOf("test.terms/busy@1"), opOf("test.terms/quiet@1")];

interface Seen {
  /** Entry points in the order in which runs of them ended. */
  readonly order: string[];
  /** Of each entry point, how many sat at once at most. */
  readonly most: Map<string, number>;
}

interface Options {
  readonly concurrency: number;
  readonly workers?: number;
  readonly terms?: readonly (readonly [Op, EntryPointTerms])[];
  /** Nobody gets up before so many sat at once. */
  readonly together?: readonly (readonly [Op, number])[];
}

/** Opens for all when so many have come at once. */
function gateAt(count: number): (now: number) => Promise<void> {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return (now) => {
    if (now >= count) open();
    return opened;
  };
}

/** Admits runs of both in this order, and lets one worker drive them all, or more that share the store. */
async function drive(backend: Backend, runs: readonly (readonly [Op, number])[], options: Options): Promise<Seen> {
  const seen: Seen = { order: [], most: new Map() };
  const sits = new Map<string, number>();
  const gates = new Map<string, ReturnType<typeof gateAt>>((options.together ?? []).map(([{ id }, count]) => [id, gateAt(count)]));
  await inPlaces(backend, backend === "PostgreSQL" ? await sharedServer() : undefined, async (newPlace) => {
    const place = await newPlace("runs");
    const backendOfDesk = implement(desk, {
      async sit({ op }) {
        const now = (sits.get(op) ?? 0) + 1;
        sits.set(op, now);
        seen.most.set(op, Math.max(seen.most.get(op) ?? 0, now));
        await gates.get(op)?.(now);
        // Long enough for whoever may to sit down too.
        for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
        sits.set(op, (sits.get(op) ?? 0) - 1);
        return { left: true };
      },
    });
    const stop = new AbortController();
    const total = runs.reduce((sum, [, count]) => sum + count, 0);
    const stores = await Promise.all(Array.from({ length: options.workers ?? 1 }, () => openPlace(place)));
    const runtimes = stores.map(
      (store, index) =>
        new Runtime({
          store,
          registry: new Registry({ busy, quiet, sitting }, backendOfDesk),
          clock: machineTime,
          random: machineRandom,
          owner: `worker ${index}`,
          watch(moment) {
            if (moment.kind !== "drive.after") return;
            assert.equal(moment.run.status, "succeeded");
            if (seen.order.push(moment.run.entryPoint) === total) stop.abort();
          },
        }),
    );
    for (const [op, count] of runs)
      for (let index = 0; index < count; index++)
        await runtimes[0]?.startUntyped(op, { name: `${index}` }, { key: `${op.id} ${index}`, detach: true });
    const entryPoints = new Map((options.terms ?? []).map(([{ id }, terms]) => [id, terms]));
    const { concurrency } = options;
    const worker = { concurrency, entryPoints, signal: stop.signal, onError: (error: unknown) => stop.abort(error) };
    await Promise.all(runtimes.map((runtime) => runWorker(runtime, worker)));
    for (const store of stores) await store.close();
  });
  assert.equal(
    seen.order.length,
    runs.reduce((sum, [, count]) => sum + count, 0),
  );
  return seen;
}

for (const backend of backends) {
  describe(`a worker on ${backend}`, () => {
    test("does not let a busy entry point keep another waiting", async () => {
      const { order } = await drive(
        backend,
        [
          [busy, 30],
          [quiet, 3],
        ],
        { concurrency: 1 },
      );
      assert.deepEqual(order.slice(0, 6).filter((id) => id === quiet.id).length, 3, order.join(" "));
    });

    test("drives what has the higher priority first", async () => {
      const { order } = await drive(
        backend,
        [
          [busy, 6],
          [quiet, 6],
        ],
        { concurrency: 1, terms: [[quiet, { priority: 1 }]] },
      );
      assert.deepEqual(order, [...Array<string>(6).fill(quiet.id), ...Array<string>(6).fill(busy.id)]);
    });

    test("drives no more runs of an entry point at once than it may, and as many of another as there is room for", async () => {
      const { most } = await drive(
        backend,
        [
          [busy, 12],
          [quiet, 12],
        ],
        {
          concurrency: 8,
          terms: [[busy, { concurrency: 2 }]],
          together: [
            [busy, 2],
            [quiet, 3],
          ],
        },
      );
      assert.equal(most.get(busy.id), 2);
      assert.ok((most.get(quiet.id) ?? 0) > 2, `${most.get(quiet.id)}`);
    });

    test("and others drive no more runs of an entry point at once than all of them together may", async () => {
      const { most } = await drive(backend, [[busy, 12]], {
        concurrency: 8,
        workers: 3,
        terms: [[busy, { concurrency: 2 }]],
        together: [[busy, 2]],
      });
      assert.equal(most.get(busy.id), 2);
    });
  });
}
