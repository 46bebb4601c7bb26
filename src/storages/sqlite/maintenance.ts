/** Work on the whole file, in a thread with a read-only connection of its own, so that neither this event loop nor another process waits. */
import { Worker } from "node:worker_threads";
import { type ErrorCode, MfmError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import type { Problem } from "../../kernel/store.ts";

export type MaintenanceTask =
  | { readonly kind: "check"; readonly path: string }
  | { readonly kind: "backup"; readonly path: string; readonly destination: string };

/** What crosses the thread boundary; an error class would not survive it. */
export type MaintenanceAnswer =
  | { readonly kind: "done"; readonly problems: Problem[] }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string; readonly details: { readonly [name: string]: Json } };

/** The problems that a check found; none for a backup. @throws BACKUP_REFUSED when the destination exists; STORE_* */
export function runMaintenance(task: MaintenanceTask): Promise<Problem[]> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL("maintenance-thread.js", import.meta.url), { workerData: task });
    thread.once("message", (answer: MaintenanceAnswer) => {
      if (answer.kind === "done") resolve(answer.problems);
      else reject(new MfmError(answer.code, answer.message, answer.details));
    });
    thread.once("error", (error) =>
      reject(
        new MfmError(
          "STORE_UNAVAILABLE",
          `the ${task.kind} of ${task.path} failed: ${error.message}`,
          { path: task.path, reason: error.message },
          error,
        ),
      ),
    );
    thread.once("exit", (code) =>
      reject(
        new MfmError("STORE_UNAVAILABLE", `the ${task.kind} of ${task.path} ended without an answer`, { path: task.path, exit: code }),
      ),
    );
  });
}
