/** What a store with many runs costs: appending, claiming, listing and showing one, beside the same with a thousand runs stored. */
import { join } from "node:path";
import type { DefinitionId, RunId } from "../src/kernel/names.ts";
import type { Run } from "../src/kernel/run.ts";
import type { Store } from "../src/kernel/store.ts";
import { openSqliteStore } from "../src/storages/sqlite/open.ts";
import { admissionOf, nextOf, otherOp, runIdFor, someOp } from "../src/testing/store/streams.ts";
import { type Line, lineOf } from "./line.ts";
import { inParallel, repeat, time } from "./measure.ts";
import { onServer, withPostgresStore } from "./postgres-server.ts";
import { type Multiply, multiplyPostgres, multiplySqlite } from "./scale-fill.ts";
import { inScratch } from "./scratch.ts";

/** Each of so many runs waits; the others have ended. */
const waitingEach = 50;
const tomorrow = Date.now() + 86_400_000;
const rounds = 200;
/** So many are made as runs are; the others are multiplied from them. */
const made = 200;

/** Each is a commit, or two. */
const writing: ReadonlySet<string> = new Set(["append", "claim and release"]);

type Costs = { readonly [operation: string]: number };

/** On both stores, for each of the sizes; the first is what the others are held against. */
export async function measureScale(sizes: readonly number[]): Promise<Line[]> {
  const onFile = (runs: number): Promise<Costs> =>
    inScratch(async (folder) => {
      const path = join(folder, "mfm.db");
      const store = await openSqliteStore({ path });
      try {
        return await measureStore(store, runs, multiplySqlite(path));
      } finally {
        await store.close();
      }
    });
  const sqlite = await linesOf("SQLite", sizes, onFile);
  const postgres = await linesOf("PostgreSQL", sizes, (runs) =>
    onServer((url) => withPostgresStore(url, (store) => measureStore(store, runs, multiplyPostgres(url)))),
  );
  return [...sqlite, ...postgres];
}

async function linesOf(name: string, sizes: readonly number[], costsAt: (runs: number) => Promise<Costs>): Promise<Line[]> {
  const lines: Line[] = [];
  let first: Costs | undefined;
  for (const runs of sizes) {
    const costs = await costsAt(runs);
    for (const [operation, milliseconds] of Object.entries(costs)) {
      const small = first?.[operation];
      lines.push(
        lineOf({
          benchmark: "scale",
          measure: `${operation}, ${name}, ${runs.toLocaleString("en")} runs stored`,
          value: { amount: milliseconds, unit: "ms" },
          ...(small === undefined
            ? {}
            : {
                reference: { amount: small, unit: "ms", what: `with ${sizes[0]?.toLocaleString("en")}` },
                // How long a disk takes to be sure is another thing at every moment.
                ...(writing.has(operation) ? {} : { bar: { on: "ratio", limit: 3, sense: "at most" } as const }),
              }),
        }),
      );
    }
    first ??= costs;
    process.stderr.write(`scale: ${name} with ${runs.toLocaleString("en")} runs\n`);
  }
  return lines;
}

async function measureStore(store: Store, runs: number, multiply: Multiply): Promise<Costs> {
  await inParallel(made, 32, (index) => add(store, index));
  await multiply(runs / made - 1);
  expect((await store.info()).runs === runs);
  // From all over the store, the newest left out.
  const some: RunId[] = [];
  for (let place = 1; place <= rounds; place++) {
    const before = Math.ceil((place / rounds) * (runs - made)) + made / 2;
    some.push(...(await store.listRuns({ limit: 1, before })).map(({ run }) => run.runId));
  }
  let live: Run = admissionOf("live").run;
  await store.append(admissionOf("live", { lease: { owner: "bench", milliseconds: 3_600_000 } }));
  // Something is always due for the claims: each is given back as due at once.
  for (let index = 0; index < 10; index++) await store.append(admissionOf(`due ${index}`, { entryPoint: otherOp, wakeAt: 0 }));
  const claim = { owner: "bench", milliseconds: 60_000, entryPoints: [someOp, otherOp] as readonly DefinitionId[], exceptSpecs: [] };
  return {
    append: await costOf(async () => {
      const next = nextOf(live, { fence: 1 });
      expect((await store.append(next)).kind === "appended");
      live = next.run;
    }),
    "claim and release": await costOf(async () => {
      const [claimed] = await store.claimNext(claim);
      expect(claimed !== undefined);
      if (claimed !== undefined) await store.release(claimed.lease, 0);
    }),
    "list 50": await costOf(async () => expect((await store.listRuns({ limit: 50 })).length === 50)),
    "list 20 waiting": await costOf(async () => expect((await store.listRuns({ status: "waiting", limit: 20 })).length === 20)),
    "list 50 of an entry point that ended": await costOf(async () =>
      expect((await store.listRuns({ entryPoint: someOp, status: "succeeded", limit: 50 })).length === 50),
    ),
    status: await costOf(async (index) => {
      const runId = some[index % some.length] ?? runIdFor("0");
      const [run, events] = [await store.readRun(runId), await store.readEvents(runId, 0, 100)];
      expect(run !== undefined && events.length === 2);
    }),
    "next due": await costOf(async () => expect((await store.nextDue([someOp, otherOp])) !== null)),
  };
}

async function add(store: Store, index: number): Promise<void> {
  const waits = index % waitingEach === 0;
  const admission = admissionOf(`${index}`, { lease: { owner: "bench", milliseconds: 1 } });
  await store.append(admission);
  await store.append(nextOf(admission.run, waits ? { fence: 1, does: "wait", wakeAt: tomorrow } : { fence: 1, does: "succeed" }));
}

/** In milliseconds: the best tenth of many ends here. What else the machine and its disk do meanwhile moves the others. */
async function costOf(work: (index: number) => Promise<void>): Promise<number> {
  await work(0);
  const times = await repeat(rounds, (index) => time(() => work(index + 1)));
  return times.toSorted((left, right) => left - right)[rounds / 10] ?? NaN;
}

function expect(holds: boolean): void {
  if (!holds) throw new Error("the store answered something else than it holds");
}
