import type { CommandSpec } from "../command.ts";

/** `mfm keystore verify-signature ADDRESS` */
export const keystoreVerifySignature: CommandSpec = {
  path: ["keystore", "verify-signature"],
  summary: "check who signed a message, an EIP-712 document or a raw transaction",
  about: "Needs no vault. Exits 1 with SIGNATURE_INVALID where another account signed, or nobody can have.",
  arguments: [{ name: "<address>", about: "the account that should have signed" }],
  options: [
    { flags: "--signature <bytes>", about: "65 bytes in hex: r, s, v" },
    { flags: "--text <text>", about: "the message" },
    { flags: "--file <path>", about: "the file that holds the message, or - for standard input", completes: "file" },
    { flags: "--hex <bytes>", about: "the message's bytes in hex" },
    { flags: "--typed-data <file>", about: "an EIP-712 document, or - for standard input", completes: "file" },
    { flags: "--transaction <file>", about: "a raw transaction, which holds its signature, or - for standard input", completes: "file" },
  ],
  examples: [
    {
      line: "mfm keystore verify-signature 0x52908400098527886E0F7030069857D2E4169EE7 --transaction tx.raw",
      about: "who sends it",
    },
  ],
  async run(call) {
    const [{ verifySignature }, { renderPairs }] = await Promise.all([
      import("../../app/keystore/verify-signature.ts"),
      import("../render/table.ts"),
    ]);
    const verified = await verifySignature(call.place, {
      address: call.argument(0),
      signature: call.text("signature"),
      message: { text: call.text("text"), file: call.text("file"), hex: call.text("hex") },
      typedData: call.text("typedData"),
      transaction: call.text("transaction"),
      source: call.inputSource,
    });
    const { paint } = call.terminal;
    const rows: [string, string][] = [
      ["signature", paint("green", "valid")],
      ["signer", verified.address],
      ["digest", verified.digest],
    ];
    return { data: verified, text: () => renderPairs(rows, paint) };
  },
};
