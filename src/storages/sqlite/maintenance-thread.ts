/** The thread's entry: one task, one answer. */
import { parentPort, workerData } from "node:worker_threads";
import { copyInto } from "./backup.ts";
import { checkFile } from "./check.ts";
import { photostructure } from "./driver.ts";
import { storeFailure } from "./failure.ts";
import type { MaintenanceAnswer, MaintenanceTask } from "./maintenance.ts";
import { whenNotBusy } from "./patience.ts";
import { identify } from "./schema.ts";
import { Session } from "./session.ts";

const busyLimitMs = 30_000;

async function perform(task: MaintenanceTask): Promise<MaintenanceAnswer> {
  try {
    const session = await whenNotBusy(() => openForReading(task.path), busyLimitMs);
    try {
      if (task.kind === "check") return { kind: "done", problems: checkFile(session) };
      await whenNotBusy(() => copyInto(session, task.destination), busyLimitMs);
      return { kind: "done", problems: [] };
    } finally {
      session.close();
    }
  } catch (error) {
    const { code, message, details } = storeFailure(error, task.path, "no");
    if (task.kind === "check" && code === "STORE_CORRUPT") return { kind: "done", problems: [{ where: "file", what: message }] };
    return { kind: "failed", code, message, details };
  }
}

function openForReading(path: string): Session {
  const session = new Session(photostructure.open(path, "readOnly"));
  try {
    identify(session, path);
    return session;
  } catch (error) {
    session.close();
    throw error;
  }
}

// A port between threads has no origin.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(await perform(workerData as MaintenanceTask));
