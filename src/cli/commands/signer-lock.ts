import type { CommandSpec } from "../command.ts";

/** `mfm signer lock` */
export const signerLock: CommandSpec = {
  path: ["signer", "lock"],
  summary: "wipe the signer process's keys; it goes on running, locked",
  about: "Exits 3 with SIGNER_NOT_RUNNING where none runs.",
  examples: [{ line: "mfm signer lock", about: "the signer process of this user" }],
  async run(call) {
    const [{ lockSigner }, { renderSigner }] = await Promise.all([
      import("../../app/keystore/signer-process.ts"),
      import("../render/signer.ts"),
    ]);
    const status = await lockSigner(call.place);
    return { data: status, text: () => renderSigner(status, call.terminal.paint) };
  },
};
