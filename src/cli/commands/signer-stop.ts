import type { CommandSpec } from "../command.ts";

/** `mfm signer stop` */
export const signerStop: CommandSpec = {
  path: ["signer", "stop"],
  summary: "end the signer process",
  about: "Exits 3 with SIGNER_NOT_RUNNING where none runs.",
  examples: [{ line: "mfm signer stop", about: "its keys are gone with it" }],
  async run(call) {
    const { stopSigner } = await import("../../app/keystore/signer-process.ts");
    const stopped = await stopSigner(call.place);
    return { data: stopped, text: () => `signer process ${stopped.pid} ended` };
  },
};
