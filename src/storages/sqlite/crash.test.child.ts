/** Appends to several runs at once, three events each time, until it is killed. Prints run and head of what was acknowledged. */
import { writeSync } from "node:fs";
import { admissionOf, nextOf } from "../../testing/store/streams.ts";
import { openSqliteStore } from "./open.ts";

const [path = "", name = ""] = process.argv.slice(2);
const store = await openSqliteStore({ path });

async function goOn(runName: string): Promise<never> {
  const admission = admissionOf(runName);
  let { run } = admission;
  await store.append(admission);
  for (;;) {
    const append = nextOf(run, { before: 2 });
    const result = await store.append(append);
    if (result.kind !== "appended") throw new Error(result.kind);
    run = append.run;
    writeSync(1, `${run.runId} ${run.head.seq} ${run.head.digest}\n`);
  }
}

await Promise.all(["a", "b", "c", "d"].map((letter) => goOn(`${name} ${letter}`)));
