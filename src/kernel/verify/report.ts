/** What verification is given beside a history, and what it finds. */
import type { Digest } from "../canonical.ts";
import type { Head } from "../events.ts";
import type { RunId } from "../names.ts";
import type { RecoverSigner } from "../ports.ts";
import type { Run } from "../run.ts";

export interface VerifyReport {
  /** `consistent`: everything holds that can be checked without the code of the definitions in `unknown`. */
  readonly result: "verified" | "consistent";
  readonly run: Run;
  readonly head: Head;
  readonly counts: { readonly events: number; readonly artifacts: number; readonly facts: number; readonly recomputed: number };
  /** Ids of states and ops whose code is not registered here; `signatures` where nobody here can say whose they are. */
  readonly unknown: readonly string[];
  /** Child runs and the heads under which they were taken in: each is a history of its own. */
  readonly children: readonly { readonly runId: RunId; readonly step: string; readonly head: Head | null }[];
}

export interface VerifyOptions {
  /** The head that the history must end in. */
  readonly head?: Digest;
  /** Without it, a history that people have signed in is consistent only. */
  readonly recoverSigner?: RecoverSigner;
}
