/** The process that `resume.ts` starts to time a first resume: path of the store, id of the run. */
import type { RunId } from "../src/kernel/names.ts";
import { openSqliteStore } from "../src/storages/sqlite/open.ts";
import { time } from "./measure.ts";
import { resume } from "./resume.ts";

const [path = "", runId = ""] = process.argv.slice(2);
const store = await openSqliteStore({ path });
const milliseconds = await time(() => resume(store, runId as RunId, false));
process.send?.(milliseconds, () => process.exit(0));
