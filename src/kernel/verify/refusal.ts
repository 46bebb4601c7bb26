/** Refusals of verification: each names the field, and in the end the event, that does not hold. */
import { MfmError } from "../errors.ts";
import type { RunEvent } from "../events.ts";

export function refusal(field: string, reason: string): MfmError {
  return new MfmError("HISTORY_INVALID", `${field}: ${reason}`, { kind: "altered", field, reason });
}

export function refusalAt(seq: number, field: string, reason: string): MfmError {
  return new MfmError("HISTORY_INVALID", `event ${seq}, ${field}: ${reason}`, { kind: "altered", seq, field, reason });
}

export function expect(condition: boolean, field: string, reason: string): asserts condition {
  if (!condition) throw refusal(field, reason);
}

/** A text among an error's details. */
export function wordOf(error: MfmError, name: string): string | undefined {
  const word = error.details[name];
  return typeof word === "string" ? word : undefined;
}

/** Names the event in any refusal. */
export function placedAt(error: unknown, event: RunEvent): unknown {
  if (!(error instanceof MfmError)) return error;
  if (error.details["seq"] !== undefined) return error;
  return new MfmError("HISTORY_INVALID", `event ${event.seq} (${event.type}): ${error.message}`, {
    kind: "altered",
    ...error.details,
    runId: event.runId,
    seq: event.seq,
  });
}
