/** Who acts, and why: what a resume, a cancel or a signal records. Checked here, because an event that was appended stays. */
import { userInfo } from "node:os";
import type { Act } from "../kernel/progress.ts";
import { usage } from "./failure.ts";

const longestActor = 200;
const longestReason = 2000;

/** The name of the user of this process. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user id that no account has.
    return `uid:${process.getuid?.() ?? "unknown"}`;
  }
}

/** @throws USAGE when the name or the reason is empty, too long or not well-formed text */
export function actOf(actor: string | undefined, reason: string): Act {
  const name = actor ?? userName();
  check("--actor", name, longestActor);
  check("--reason", reason, longestReason);
  return { actor: name, reason };
}

function check(flag: string, text: string, longest: number): void {
  if (text.trim() === "") throw usage(`${flag} is empty`, { option: flag });
  if (text.length > longest) throw usage(`${flag} has ${text.length} characters, at most ${longest} are kept`, { option: flag });
  if (!text.isWellFormed()) throw usage(`${flag} is not well-formed text`, { option: flag });
}
