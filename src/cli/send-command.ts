/** What every command that sends does: show the plan, or show it, ask, and drive the run. */
import type { Prepare, SendingOp, SendingPlan } from "../app/evm/sending.ts";
import type { Call } from "./call.ts";
import type { Result } from "./command.ts";
import { sendFlagsOf, sendTermsOf } from "./evm-options.ts";
import { driveInForeground } from "./foreground.ts";
import { askOn } from "./prompts.ts";

/** Where a plan cannot succeed, `--plan` exits as a failed command, having shown it. */
const exitOfBadPlan = 1;

export async function runSendCommand(call: Call, op: SendingOp, prepare: Prepare): Promise<Result> {
  const [{ planSending, send }, { readRpcFlag }, { renderEvmPlan }] = await Promise.all([
    import("../app/evm/sending.ts"),
    import("../app/networks/rpc-flag.ts"),
    import("./render/evm-plan.ts"),
  ]);
  const rpc = readRpcFlag(call.text("rpc"), call.text("chainId"));
  const place = { ...call.place, rpc };
  const flags = await sendFlagsOf(call);
  const { paint } = call.terminal;
  if (call.has("plan")) {
    const signal = call.interrupts.listen(() => undefined);
    try {
      const { plan } = await planSending(place, { ...flags, expectSpec: call.text("expectSpec") }, prepare, signal);
      return { data: plan, text: () => renderEvmPlan(plan, paint), ...(plan.problems.length === 0 ? {} : { exit: exitOfBadPlan }) };
    } finally {
      call.interrupts.stop();
    }
  }
  const terms = sendTermsOf(
    call,
    confirmOn(call, (plan) => renderEvmPlan(plan, paint)),
  );
  return driveInForeground(call, {
    detach: terms.detach,
    drive: (driving) => send(op, { flags, terms, prepare }, { ...driving, place }),
  });
}

/** `--yes` shows the plan and goes on; without a terminal nobody can be asked. */
function confirmOn(call: Call, render: (plan: SendingPlan) => string): ((plan: SendingPlan) => Promise<boolean>) | undefined {
  const show = (plan: SendingPlan): void => {
    if (call.format === "text") call.terminal.note(render(plan));
  };
  if (call.has("yes")) {
    return async (plan) => {
      show(plan);
      return true;
    };
  }
  const ask = askOn(call);
  if (ask === undefined) return undefined;
  return (plan) => {
    show(plan);
    return ask.confirm("Send this?");
  };
}
