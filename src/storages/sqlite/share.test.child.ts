/** One of several processes on one file: goes on with a run of its own and, against the others, with a shared one. Prints what it appended. */
import { admissionOf, nextOf } from "../../testing/store/streams.ts";
import { openSqliteStore } from "./open.ts";

const [path = "", name = "", times = "0"] = process.argv.slice(2);
const store = await openSqliteStore({ path });
const shared = admissionOf("shared").runId;
const admission = admissionOf(name);
let own = admission.run;
let conflicts = 0;
await store.append(admission);

async function appendToShared(label: string): Promise<void> {
  for (;;) {
    const stored = await store.readRun(shared);
    if (stored === undefined) throw new Error("the shared run is missing");
    const result = await store.append(nextOf(stored.run, { label, before: 1 }));
    if (result.kind === "appended") return;
    conflicts++;
  }
}

async function appendToOwn(): Promise<void> {
  const append = nextOf(own);
  const result = await store.append(append);
  if (result.kind !== "appended") throw new Error(`an own append was answered ${result.kind}`);
  own = append.run;
}

for (let index = 0; index < Number(times); index++) {
  const claim = await store.claimNext({ owner: name, milliseconds: 60_000, entryPoints: ["test.op/third@1"], exceptSpecs: [] });
  if (claim !== undefined) console.log(claim.lease.runId);
  await Promise.all([appendToShared(`${name} ${index}`), appendToOwn()]);
}
await store.close();
console.log(`done ${conflicts}`);
