/** Every command, in the order that help shows. */
import type { CommandSpec, Example } from "./command.ts";
import { completion } from "./commands/completion.ts";
import { doctor } from "./commands/doctor.ts";
import { opsDescribe } from "./commands/ops-describe.ts";
import { opsList } from "./commands/ops-list.ts";
import { plan } from "./commands/plan.ts";
import { runCancel } from "./commands/run-cancel.ts";
import { runEvents } from "./commands/run-events.ts";
import { runExport } from "./commands/run-export.ts";
import { runList } from "./commands/run-list.ts";
import { runOutput } from "./commands/run-output.ts";
import { runReplay } from "./commands/run-replay.ts";
import { runResume } from "./commands/run-resume.ts";
import { runSignal } from "./commands/run-signal.ts";
import { runStart } from "./commands/run-start.ts";
import { runStatus } from "./commands/run-status.ts";
import { storeBackup } from "./commands/store-backup.ts";
import { storeCheck } from "./commands/store-check.ts";
import { storeCopy } from "./commands/store-copy.ts";
import { storeInfo } from "./commands/store-info.ts";
import { storeMigrate } from "./commands/store-migrate.ts";
import { verify } from "./commands/verify.ts";
import { workerList } from "./commands/worker-list.ts";
import { worker } from "./commands/worker.ts";

export const commands: readonly CommandSpec[] = [
  opsList,
  opsDescribe,
  plan,
  runStart,
  runList,
  runStatus,
  runEvents,
  runOutput,
  runResume,
  runCancel,
  runSignal,
  runReplay,
  runExport,
  verify,
  worker,
  workerList,
  storeMigrate,
  storeInfo,
  storeCheck,
  storeBackup,
  storeCopy,
  doctor,
  completion,
];

export interface Group {
  readonly path: readonly string[];
  readonly summary: string;
  readonly examples: readonly Example[];
}

export const groups: readonly Group[] = [
  {
    path: [],
    summary: "MFM",
    examples: [
      { line: "mfm run start mfm.proof/hello@1", about: "the smallest run" },
      { line: "mfm run list", about: "the runs of the store" },
      { line: "mfm help run start", about: "help for one command" },
    ],
  },
  { path: ["ops"], summary: "what can be run", examples: [] },
  { path: ["run"], summary: "start runs, look at them, act on them", examples: [] },
  { path: ["store"], summary: "look after the store", examples: [] },
];
