/** Why sources failed while a run was driven: told to whoever started it, because events hold no free text. */
import { MfmError } from "../../kernel/errors.ts";
import type { Watch } from "../../kernel/ports.ts";
import { redact } from "../redact.ts";

const reasonsKept = 20;

export class SourceFailures {
  readonly #reasons = new Map<string, string>();

  /** Takes the latest reason of each step. */
  readonly watch: Watch = (moment) => {
    if (moment.kind !== "step.after" || moment.failure === null) return;
    const { code, cause } = moment.failure;
    if (code === "SOURCE_FAILED" && cause instanceof MfmError) this.#reasons.set(moment.step, redact(cause.message));
  };

  /** Distinct, in the order in which they came first. */
  get reasons(): readonly string[] {
    return [...new Set(this.#reasons.values())].slice(0, reasonsKept);
  }
}
