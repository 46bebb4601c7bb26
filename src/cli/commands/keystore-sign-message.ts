import type { CommandSpec } from "../command.ts";
import { accountArgument, signerOptions } from "../signer-options.ts";

/** `mfm keystore sign-message ACCOUNT` */
export const keystoreSignMessage: CommandSpec = {
  path: ["keystore", "sign-message"],
  summary: "sign a message (EIP-191)",
  arguments: [accountArgument],
  options: [
    { flags: "--text <text>", about: "the message" },
    { flags: "--file <path>", about: "the file that holds it, or - for standard input", completes: "file" },
    { flags: "--hex <bytes>", about: "its bytes in hex" },
    ...signerOptions,
  ],
  examples: [{ line: "mfm keystore sign-message treasury --text 'I am the treasurer'", about: "prints digest and signature" }],
  async run(call) {
    const [{ signMessage }, { signerOf }, { renderSignature }] = await Promise.all([
      import("../../app/keystore/sign.ts"),
      import("../signer-choice.ts"),
      import("../render/signature.ts"),
    ]);
    const message = { text: call.text("text"), file: call.text("file"), hex: call.text("hex") };
    const signed = await signMessage(call.place, signerOf(call), { account: call.argument(0), message, source: call.inputSource });
    return { data: signed, text: () => renderSignature(signed, call.terminal.paint) };
  },
};
