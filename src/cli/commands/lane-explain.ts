import { usage } from "../../app/failure.ts";
import type { CommandSpec } from "../command.ts";
import { actorOption } from "../options.ts";

/** `mfm lane explain LANE` */
export const laneExplain: CommandSpec = {
  path: ["lane", "explain"],
  summary: "say what is known of a lane that is quarantined, so that it goes on",
  about:
    "A lane is quarantined where the outside shows something that this store does not know, such as a nonce that the signer signed for a run of another store. Once it is clear what happened, name the next slot: everything below counts as used up. Who and why stay in the history of the run that waits.",
  arguments: [{ name: "<lane>", about: "its name, or a part that no other has, such as an address", completes: "lane" }],
  options: [
    { flags: "--next <n>", about: "the next slot; for an account the next nonce", required: true },
    { flags: "-r, --reason <text>", about: "what happened, as recorded", required: true },
    actorOption,
  ],
  examples: [
    {
      line: "mfm lane explain 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed --next 42 --reason 'store restored from a backup; nonce 41 was payroll'",
      about: "then `mfm run resume` goes on",
    },
  ],
  async run(call) {
    const [{ explainLane }, { renderExplained }] = await Promise.all([import("../../app/evm/lanes.ts"), import("../render/lane.ts")]);
    const explained = await explainLane(call.place, {
      lane: call.argument(0),
      next: nextOf(call.required("next")),
      actor: call.text("actor"),
      reason: call.required("reason"),
    });
    return { data: explained, text: () => renderExplained(explained, call.terminal.paint) };
  },
};

function nextOf(text: string): number {
  if (/^(?:0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
  throw usage(`--next ${JSON.stringify(text)} is no whole number from 0`, { option: "--next" });
}
