/** A worker that `workers.ts` measures. Argument: the store's URL. It opens the store, and works between `go` and `stop`. */
import { once } from "node:events";
import { runWorker } from "../src/kernel/runtime/worker.ts";
import { parsePostgresUrl } from "../src/storages/postgres/address.ts";
import { openPostgresStore } from "../src/storages/postgres/open.ts";
import { runtimeOver } from "./engine.ts";
import type { WorkerMessage } from "./workers.ts";

const say = (message: WorkerMessage): void => void process.send?.(message);

const store = await openPostgresStore({ address: parsePostgresUrl(process.argv[2] ?? "") });
const runtime = runtimeOver(store, (moment) => {
  if (moment.kind === "drive.after" && moment.run.status === "succeeded") say("succeeded");
});
say("ready");
await once(process, "message");
const stop = new AbortController();
process.once("message", () => stop.abort());
await runWorker(runtime, { concurrency: 32, signal: stop.signal, onError: (error) => process.stderr.write(`${String(error)}\n`) });
await store.close();
process.exit(0);
