/** What every command that sends does: show the plan, or show it, ask, and drive the run. */
import type { SendFlags } from "../app/evm/request.ts";
import type { Prepare, SendingOp, SendingPlan } from "../app/evm/sending.ts";
import type { Call } from "./call.ts";
import type { Result } from "./command.ts";
import { sendFlagsOf, sendTermsOf } from "./evm-options.ts";
import { driveInForeground } from "./foreground.ts";
import { askOn } from "./prompts.ts";

/** Where a plan cannot succeed, `--plan` exits as a failed command, having shown it. */
const exitOfBadPlan = 1;

export async function runSendCommand(call: Call, op: SendingOp, prepare: Prepare): Promise<Result> {
  const [{ send, showPlan }, { readRpcFlag }, { renderEvmPlan }] = await Promise.all([
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
      const plan = await showPlan(place, { ...flags, expectSpec: call.text("expectSpec") }, prepare, signal);
      return { data: plan, text: () => renderEvmPlan(plan, paint), ...(plan.problems.length === 0 ? {} : { exit: exitOfBadPlan }) };
    } finally {
      call.interrupts.stop();
    }
  }
  const asked = askBefore(
    flags,
    confirmOn(call, (plan) => renderEvmPlan(plan, paint)),
  );
  const terms = sendTermsOf(call, asked.confirm);
  return driveInForeground(call, {
    detach: terms.detach,
    drive: (driving) => send(op, { flags: asked.flags, terms, prepare }, { ...driving, place }),
  });
}

type Confirm = (plan: SendingPlan) => Promise<boolean>;

/** Who has agreed to the whole plan is not asked again for each transaction of an entry without a policy. */
function askBefore(
  { signer, ...flags }: SendFlags,
  { confirm, isPerson }: { readonly confirm: Confirm | undefined; readonly isPerson: boolean },
) {
  const { agree } = signer;
  let hasAgreed = false;
  const once = agree === undefined ? undefined : async (...intent: Parameters<typeof agree>) => hasAgreed || agree(...intent);
  const asking = async (plan: SendingPlan): Promise<boolean> => {
    const isMeant = (await confirm?.(plan)) === true;
    hasAgreed = isMeant && isPerson;
    return isMeant;
  };
  return { flags: { ...flags, signer: { ...signer, agree: once } }, confirm: confirm === undefined ? undefined : asking };
}

/** `--yes` shows the plan and goes on; without a terminal nobody can be asked. */
function confirmOn(
  call: Call,
  render: (plan: SendingPlan) => string,
): { readonly confirm: Confirm | undefined; readonly isPerson: boolean } {
  const show = (plan: SendingPlan): void => {
    if (call.format === "text") call.terminal.note(render(plan));
  };
  if (call.has("yes")) {
    const confirm: Confirm = async (plan) => {
      show(plan);
      return true;
    };
    return { confirm, isPerson: false };
  }
  const ask = askOn(call);
  if (ask === undefined) return { confirm: undefined, isPerson: false };
  const confirm: Confirm = (plan) => {
    show(plan);
    return ask.confirm("Send this?");
  };
  return { confirm, isPerson: true };
}
