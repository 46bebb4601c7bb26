import type { CommandSpec } from "../command.ts";

/** `mfm signer status` */
export const signerStatus: CommandSpec = {
  path: ["signer", "status"],
  summary: "say whether the signer process runs, and whether it is locked",
  about: "Exits 3 with SIGNER_NOT_RUNNING where none runs.",
  examples: [{ line: "mfm signer status", about: "the signer process of this user" }],
  async run(call) {
    const [{ signerStatus }, { renderSigner }] = await Promise.all([
      import("../../app/keystore/signer-process.ts"),
      import("../render/signer.ts"),
    ]);
    const status = await signerStatus(call.place);
    return { data: status, text: () => renderSigner(status, call.terminal.paint) };
  },
};
