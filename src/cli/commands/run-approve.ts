import { exitOfRun } from "../exit.ts";
import type { CommandSpec } from "../command.ts";
import { signerOptions } from "../signer-options.ts";

/** `mfm run approve RUN` */
export const runApprove: CommandSpec = {
  path: ["run", "approve"],
  summary: "show what a run asks people to agree to, and agree to it",
  about:
    "Without --account, --signature or --document it shows what waits, and changes nothing. The signature is over an EIP-712 document that names the run, its spec, the step, its effect and the members that are shown; every attempt within them is covered. A worker, or `mfm run resume`, goes on once enough people have agreed.",
  arguments: [{ name: "<run>", about: "the run's id, or its first characters", completes: "run" }],
  options: [
    { flags: "--step <key>", about: "the step, where several wait" },
    {
      flags: "--account <account>",
      about: "sign with this account of the keystore: address, label, or the first characters of an entry's id",
    },
    {
      flags: "--signature <hex|file>",
      about: "a signature that was made elsewhere, or - for standard input; with the --until of its document",
    },
    { flags: "--document", about: "print the document to be signed" },
    { flags: "--expires <duration>", about: "how long the approval holds, such as 30m or 7d (default 1h)" },
    { flags: "--until <instant>", about: "until when it holds, instead: 2026-01-31T12:00:00.000Z" },
    ...signerOptions,
  ],
  examples: [
    { line: "mfm run approve 3f2a", about: "what is asked for, in the words of its kind" },
    { line: "mfm run approve 3f2a --account treasury --expires 2h", about: "agree, with an account of the keystore" },
    { line: "mfm run approve 3f2a --document --until 2026-01-31T12:00:00.000Z", about: "for a wallet or a hardware signer" },
  ],
  async run(call) {
    const [{ approveRun }, { signerOf }, { renderApproved }] = await Promise.all([
      import("../../app/approvals.ts"),
      import("../signer-choice.ts"),
      import("../render/approval.ts"),
    ]);
    const approved = await approveRun(call.place, signerOf(call), {
      run: call.argument(0),
      step: call.text("step"),
      expires: call.text("expires"),
      until: call.text("until"),
      document: call.has("document"),
      account: call.text("account"),
      signature: call.text("signature"),
      source: call.inputSource,
    });
    if (approved.kind === "document" && call.format === "text")
      call.terminal.note(
        `once it is signed: mfm run approve ${call.argument(0)} --step ${approved.request.step} --until ${approved.expiry} --signature SIGNATURE`,
      );
    const text = (): string => renderApproved(approved, call.terminal.paint);
    return approved.kind === "waiting" ? { data: approved, text, exit: exitOfRun(approved.run.status) } : { data: approved, text };
  },
};
