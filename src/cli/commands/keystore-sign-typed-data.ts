import type { CommandSpec } from "../command.ts";
import { accountArgument, signerOptions } from "../signer-options.ts";

/** `mfm keystore sign-typed-data ACCOUNT FILE` */
export const keystoreSignTypedData: CommandSpec = {
  path: ["keystore", "sign-typed-data"],
  summary: "sign an EIP-712 document",
  about:
    "The document has the members types (with EIP712Domain), domain, primaryType and message. A member that would not be signed is refused, and so is a value outside its type.",
  arguments: [accountArgument, { name: "<file>", about: "the document as JSON, or - for standard input", completes: "file" }],
  options: signerOptions,
  examples: [{ line: "mfm keystore sign-typed-data treasury permit.json", about: "prints digest and signature" }],
  async run(call) {
    const [{ signTypedData }, { signerOf }, { renderSignature }] = await Promise.all([
      import("../../app/keystore/sign.ts"),
      import("../signer-choice.ts"),
      import("../render/signature.ts"),
    ]);
    const request = { account: call.argument(0), file: call.argument(1), source: call.inputSource };
    const signed = await signTypedData(call.place, signerOf(call), request);
    return { data: signed, text: () => renderSignature(signed, call.terminal.paint) };
  },
};
