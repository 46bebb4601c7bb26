/** What `mfm tx replace` and `mfm tx cancel` share. */
import type { Call } from "./call.ts";
import type { OptionSpec, Result } from "./command.ts";
import { actorOption } from "./options.ts";

export const candidateOptions: readonly OptionSpec[] = [
  { flags: "-r, --reason <text>", about: "why, as recorded", required: true },
  { flags: "--max-fee-per-gas <fee>", about: "wei, or such as 80gwei; default: as much as pools ask for, and the market" },
  { flags: "--max-priority-fee-per-gas <fee>", about: "the most of it that is a tip" },
  actorOption,
];

export async function runCandidateCommand(call: Call, role: "replacement" | "cancel"): Promise<Result> {
  const [{ requestCandidate }, { renderRequested }] = await Promise.all([import("../app/evm/transactions.ts"), import("./render/tx.ts")]);
  const requested = await requestCandidate(call.place, {
    transaction: call.argument(0),
    role,
    maxFeePerGas: call.text("maxFeePerGas"),
    maxPriorityFeePerGas: call.text("maxPriorityFeePerGas"),
    actor: call.text("actor"),
    reason: call.required("reason"),
  });
  return { data: requested, text: () => renderRequested(requested, role, call.terminal.paint) };
}
