/** A failure for people: code and words, what else is known, and the next step. */
import type { Failure } from "../../app/failure.ts";
import { type Paint, printable } from "../paint.ts";

export function renderFailure({ code, message, hint, details }: Failure, paint: Paint): string {
  const lines = [`${paint("red", `error ${code}:`)} ${printable(message)}`];
  const { runId, stack } = details;
  if (typeof runId === "string" && !message.includes(runId)) lines.push(`  run: ${runId}`);
  lines.push(`  ${paint("dim", "hint:")} ${printable(hint)}`);
  if (typeof stack === "string") lines.push(printable(stack));
  return lines.join("\n");
}
