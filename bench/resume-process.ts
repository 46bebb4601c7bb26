/** The process that `resume.ts` starts to time a first resume. Arguments: path of the store, id of the run. */
import type { RunId } from "../src/kernel/names.ts";
import { openSqliteStore } from "../src/storages/sqlite/open.ts";
import { resume } from "./resume.ts";

const [path = "", runId = ""] = process.argv.slice(2);
const milliseconds = await resume(await openSqliteStore({ path }), runId as RunId);
process.send?.(milliseconds, () => process.exit(0));
