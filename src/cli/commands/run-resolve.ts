import { usage } from "../../app/failure.ts";
import type { Call } from "../call.ts";
import type { CommandSpec, Result } from "../command.ts";
import { signerOptions } from "../signer-options.ts";

/** `mfm run resolve RUN` */
export const runResolve: CommandSpec = {
  path: ["run", "resolve"],
  summary: "decide about a run that stands still: sign a decision, and hand in those of a quorum",
  about:
    "Each operator signs the same decision with --sign, which names an outcome for everything that is open: accepted (it stays as it is), done, or undone. The signatures are collected in files, and handed in together with --submit, which ends the run. A decision is about one state of the run, and is refused once that went on.",
  arguments: [{ name: "<run>", about: "the run's id, or its first characters", completes: "run" }],
  options: [
    { flags: "--outcome <outcome>", about: "accepted, done or undone; STEP=outcome for one step; repeats", repeats: true },
    { flags: "-r, --reason <text>", about: "why, as signed and recorded" },
    { flags: "--evidence <file>", about: "a document that you keep: its digest is signed and recorded", completes: "file" },
    { flags: "--sign", about: "sign the decision with --account, or take in --signature" },
    {
      flags: "--account <account>",
      about: "the account of the keystore that signs: address, label, or the first characters of an entry's id",
    },
    { flags: "--signature <hex|file>", about: "a signature of the document that was made elsewhere, or - for standard input" },
    { flags: "--document", about: "print the document to be signed" },
    { flags: "--out <file>", about: "where the signed decision is written", completes: "file" },
    {
      flags: "--submit <file>",
      about: "hand in a signed decision, or - for standard input; once for each operator",
      repeats: true,
      completes: "file",
    },
    ...signerOptions,
  ],
  examples: [
    {
      line: "mfm run resolve 3f2a --sign --account ops --outcome undone --reason 'paid back by hand' --out ops.json",
      about: "one operator's part",
    },
    { line: "mfm run resolve 3f2a --submit ops.json --submit treasury.json", about: "both together end the run" },
  ],
  run: async (call) => (call.list("submit").length > 0 ? submit(call) : sign(call)),
};

async function submit(call: Call): Promise<Result> {
  for (const other of ["outcome", "reason", "evidence", "sign", "document", "account", "signature", "out"])
    if (call.text(other) !== undefined || call.has(other) || call.list(other).length > 0)
      throw usage(`--submit and --${other} do not go together`);
  const [{ submitResolutions }, { renderResolved }] = await Promise.all([
    import("../../app/resolutions.ts"),
    import("../render/obligations.ts"),
  ]);
  const resolved = await submitResolutions(call.place, { run: call.argument(0), files: call.list("submit"), source: call.inputSource });
  return { data: resolved, text: () => renderResolved(resolved.run, call.terminal.paint) };
}

async function sign(call: Call): Promise<Result> {
  const [account, signature, reason] = [call.text("account"), call.text("signature"), call.text("reason")];
  if (call.has("sign") === call.has("document")) throw usage("give --sign, --document or --submit: `mfm run resolve --help` shows the way");
  if (reason === undefined) throw usage("--reason is missing", { option: "--reason" });
  const [{ draftResolution, signResolution }, { signerOf }, { renderSigned, renderDocument }] = await Promise.all([
    import("../../app/resolutions.ts"),
    import("../signer-choice.ts"),
    import("../render/obligations.ts"),
  ]);
  const request = { run: call.argument(0), reason, outcomes: call.list("outcome"), evidence: call.text("evidence") };
  if (call.has("document")) {
    const draft = await draftResolution(call.place, request);
    return { data: draft, text: () => renderDocument(draft.document) };
  }
  if ((account === undefined) === (signature === undefined)) throw usage("--sign needs either --account or --signature");
  const by =
    signature === undefined
      ? ({ kind: "account", account: account ?? "", choice: signerOf(call) } as const)
      : ({ kind: "signature", signature, source: call.inputSource } as const);
  const signed = await signResolution(call.place, by, { ...request, out: call.text("out") });
  return { data: signed, text: () => renderSigned(signed, call.terminal.paint) };
}
