/** The one error class and the one table of error codes. `docs/errors.md`, exit codes and HTTP statuses all come from this table. */
import { chainErrors } from "./chain-errors.ts";
import { contractErrors } from "./contract-errors.ts";
import { effectErrors } from "./effect-errors.ts";
import { type ErrorEntry, badInput, failed, precondition } from "./error-entry.ts";
import type { Json } from "./json.ts";
import { keystoreErrors } from "./keystore-errors.ts";
import { signingErrors } from "./signing-errors.ts";
import { transactionErrors } from "./transaction-errors.ts";

export const errorTable = {
  // Data
  JSON_INVALID: badInput(
    "A JSON text cannot be read strictly.",
    "Correct the text at the line and column named; numbers must be integers, larger ones strings.",
  ),
  TOML_INVALID: badInput("A TOML text cannot be read.", "Correct the text at the line and column named."),
  NOT_CANONICAL: failed(
    "Stored bytes are not the canonical form of their value.",
    "The bytes were altered or written by something else; take them from a backup or another copy.",
    "never",
    422,
  ),
  VALUE_INVALID: badInput(
    "A value does not match its schema.",
    "Correct the members named in the details; each names its path and what was expected.",
  ),
  VALUE_TOO_LARGE: badInput("A value or artifact is over its limit.", "Split it: at most 1 MiB a value and 16 MiB an artifact.", 413),
  // Authoring
  DEFINITION_INVALID: badInput(
    "A state, op or capability is declared in a way MFM does not support.",
    "Change the declaration as the message says.",
  ),
  PLAN_FAILED: badInput(
    "An op's plan threw, or planned something that cannot be lowered.",
    "Correct the op, or the configuration it was given.",
  ),
  REGISTRY_CONFLICT: badInput("Two different definitions share one id.", "Give one of them another id, or raise its @version."),
  CERTIFICATION_FAILED: badInput(
    "A spec was refused; details.findings lists every reason.",
    "Correct each finding at the path it names.",
    422,
  ),
  NOT_CERTIFIED: failed(
    "Something that is not a certified spec was handed to the runtime.",
    "Call certify() of this very copy of the library and pass on what it returns.",
  ),
  // Starting
  OP_UNKNOWN: badInput(
    "No op of this name is registered.",
    "`mfm ops list` shows what there is; [ops] modules in mfm.toml adds your own.",
    404,
  ),
  INVOCATION_KEY_INVALID: badInput(
    "An invocation key is empty or over 1,024 bytes.",
    "Use a short text that names this one intent, such as an order number.",
  ),
  INVOCATION_KEY_REUSED: badInput(
    "The invocation key was used before with another configuration.",
    "Use another --key, or the same configuration to attach to that run.",
    409,
  ),
  // Runs
  RUN_UNKNOWN: failed("No run has this id, or an id that begins like this.", "`mfm run list` shows the runs of this store.", "never", 404),
  RUN_AMBIGUOUS: badInput("More than one run id begins like this.", "Type more characters of the id."),
  RUN_ENDED: failed("The run has ended, so it cannot be changed.", "Start a new run; this one's history stays as it is.", "never", 409),
  RUN_BUSY: failed(
    "Another process is driving this run.",
    "Watch it with `mfm run status` or `mfm run events --follow`; `mfm run resume` takes it over.",
    "safe",
    409,
  ),
  RUN_TAKEN_OVER: failed(
    "Another driver took this run over; this one stopped.",
    "Nothing is lost: follow the run with `mfm run status`.",
    "safe",
    409,
  ),
  OUTPUT_NOT_READY: failed("The run has no output (yet).", "`mfm run status` says whether it is still running and why.", "safe", 409),
  SIGNAL_UNKNOWN: badInput("The run has no signal step of this name.", "`mfm run status` names the signals the run waits for.", 404),
  SIGNAL_ALREADY_RECEIVED: failed(
    "This signal was already received and cannot be changed.",
    "`mfm run events` shows the one that was recorded.",
    "never",
    409,
  ),
  // Steps: these codes are recorded in StepFailed and RunPaused events
  STEP_THREW: failed(
    "A step's code threw an error that is not an MfmError.",
    "Correct the state's code; the live error is in the log of the process that ran it.",
    "never",
  ),
  STEP_TIME_LIMIT: failed("A step ran longer than its time limit.", "Raise timeLimit on the step, or make it do less.", "safe"),
  STEP_RESULT_INVALID: failed(
    "A step returned a value that does not match its output schema.",
    "Correct the state's code or its output schema; details name the path.",
    "never",
  ),
  CAPABILITY_FAILED: failed(
    "A call of a capability failed.",
    "It is tried again by the step's retry policy; see the log for the cause.",
    "safe",
    502,
  ),
  CAPABILITY_UNAVAILABLE: precondition(
    "No backend for a capability that the spec needs is set up in this process.",
    "Export its implementation from a module named in [ops] modules of mfm.toml, or pass it in backends.",
  ),
  CAPABILITY_ANSWER_INVALID: failed(
    "A backend answered with something that its capability's schema does not allow.",
    "Correct the backend, or look whether the provider is at fault.",
    "safe",
    502,
  ),
  CHILD_FAILED: failed("A child run ended without success.", "`mfm run events` of the child run named in the event shows why.", "never"),
  RETRIES_EXHAUSTED: failed(
    "A step failed as often as its retry policy allows; the run is paused.",
    "Remove the cause, then `mfm run resume`.",
    "safe",
  ),
  NO_PROGRESS: failed(
    "The run was claimed five times without recording anything; it is paused.",
    "A step probably blocks or ends its process (endless loop, out of memory). Correct it, then `mfm run resume`.",
    "safe",
  ),
  ...effectErrors,
  ...chainErrors,
  ...contractErrors,
  ...transactionErrors,
  // Verification
  HISTORY_INVALID: failed(
    "A history does not verify: an event or artifact is altered, missing, added or out of order.",
    "details name the place. Take the history from another copy; this one proves nothing beyond that place.",
    "never",
    422,
  ),
  HEAD_MISMATCH: failed(
    "The history verifies, but it is not the one with the head that was asked for.",
    "It was shortened, continued or rewritten as a whole since that head was noted.",
    "never",
    422,
  ),
  BUNDLE_INVALID: failed("A bundle file is not well formed.", "details name line, field and byte. Export the run again.", "never", 422),
  VERIFY_INCOMPLETE: failed(
    "The history is consistent, but code of some states is unknown here, so it was not recomputed.",
    "Name the module with the code: --ops MODULE.",
  ),
  FACT_MISSING: failed(
    "A step asked for something that has no recorded fact.",
    "The state's code changed since the recording: changed behaviour is a new @version of the state.",
    "never",
    422,
  ),
  // Store
  STORE_UNAVAILABLE: precondition(
    "The store cannot be opened or did not answer.",
    "See the cause in details; check path or address, permissions, and that disk or server is healthy.",
    "reconcile",
  ),
  STORE_FULL: precondition(
    "The disk is full, so nothing more can be recorded.",
    "Free space, then `mfm run resume`; nothing that was acknowledged is lost.",
    "safe",
    507,
  ),
  STORE_CORRUPT: failed(
    "The database file is damaged or not an MFM store.",
    "`mfm store check` says what is damaged. Where it is only what a row says of its run, `mfm store sweep` makes that again; else restore a backup.",
  ),
  STORE_NEWER: precondition("The store was written by a newer version of MFM.", "Install that version of MFM or a later one."),
  STORE_READ_ONLY: precondition(
    "The store's file or folder cannot be written.",
    "Give this user write permission, or choose another place with --store.",
  ),
  STORE_URL_INVALID: badInput(
    "The store URL is not one that MFM knows.",
    "For a file use sqlite:PATH, for example sqlite:./mfm.db; for PostgreSQL a connection URI of libpq, with what is special in a password as %XX.",
  ),
  BACKUP_REFUSED: badInput(
    "The backup's destination exists, or the store is one that its database's own tools back up.",
    "Name a file that does not exist; backups never overwrite. For PostgreSQL use pg_dump or pg_basebackup.",
    409,
  ),
  // Store on a server
  STORE_NOT_MIGRATED: precondition(
    "The database holds no store of MFM yet, an older one, or one that was restored from another server.",
    "`mfm store migrate`, run by the owner, makes it or brings it up to date; stop workers of an older version first. Where it is there: check the `schema` of the URL, and that the role got `mfm store migrate --grant ROLE`.",
  ),
  STORE_DENIED: precondition(
    "The database does not let this role in, or not do what the store needs.",
    "Check user and password, and that the role exists. `mfm store migrate` is for the owner; with `--grant ROLE` it gives a role what it needs and no more.",
  ),
  COPY_REFUSED: badInput(
    "A store cannot be copied to that place, or not now.",
    "Copy to a place that holds no store, or a part of this one; stop whoever drives runs in either. The message says which it is.",
    409,
  ),
  ...keystoreErrors,
  ...signingErrors,
  // Configuration and command line
  USAGE: badInput("The command line is not one that MFM knows.", "`mfm --help` and `mfm COMMAND --help` show what there is."),
  CONFIG_INVALID: { ...badInput("mfm.toml or a value given for it is wrong.", "Correct the place named."), exit: 3 },
  FILE_UNREADABLE: badInput("A file cannot be read.", "Check that the path exists and that this user may read it."),
  FILE_UNWRITABLE: badInput("A file cannot be written.", "Check that its folder exists and that this user may write there."),
  FILE_EXISTS: badInput("The file to be written exists.", "Name another file; MFM does not overwrite what it did not make.", 409),
  MODULE_INVALID: {
    ...badInput(
      "A module with ops cannot be loaded, or exports no op, state or backend.",
      "Correct the module; it must export what defineOp, defineState, implement or implementEffect returned.",
    ),
    exit: 3,
  },
  INTERRUPTED: {
    ...failed(
      "A signal stopped the command before it was done.",
      "Nothing is lost: `mfm run resume` goes on with a run, and so does any worker; what is no run is repeated.",
      "safe",
      503,
    ),
    exit: 130,
  },
  INTERNAL: failed("MFM has a defect.", "Please report it with the message and the command; nothing acknowledged is lost."),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

/** Every failure of an operation: a code of the table, words for a person, structured details without secrets. */
export class MfmError extends Error {
  readonly code: ErrorCode;
  readonly details: { readonly [name: string]: Json };

  constructor(code: ErrorCode, message: string, details: { readonly [name: string]: Json } = {}, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = "MfmError";
    this.code = code;
    this.details = details;
  }

  get entry(): ErrorEntry {
    return errorTable[this.code];
  }
}

/** A bug in MFM itself if `condition` does not hold. @throws INTERNAL when it does not */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new MfmError("INTERNAL", `invariant broken: ${message}`);
}

/** Ends an exhaustive switch. @throws INTERNAL always */
export function unreachable(value: never): never {
  throw new MfmError("INTERNAL", `unreachable: ${String(value)}`);
}
