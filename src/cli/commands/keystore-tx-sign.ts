import { usage } from "../../app/failure.ts";
import type { Call } from "../call.ts";
import type { CommandSpec } from "../command.ts";
import { accountArgument, signerOptions } from "../signer-options.ts";

/** `mfm keystore tx-sign ACCOUNT` */
export const keystoreTxSign: CommandSpec = {
  path: ["keystore", "tx-sign"],
  summary: "sign a transaction into a file, offline",
  about:
    "Quantities are decimal or lower-case 0x hex: wei, gas, numbers. The raw transaction goes to a new file that only you can read, and nowhere else. The same transaction asked for again is answered with what was signed before, whatever its fees; --replace raises them. Another transaction for a nonce is refused.",
  arguments: [accountArgument],
  options: [
    { flags: "--chain-id <id>", about: "the chain it is for", required: true },
    { flags: "--nonce <nonce>", about: "the account's next nonce", required: true },
    { flags: "--gas-limit <gas>", about: "the most gas it may use", required: true },
    { flags: "--to <address>", about: "the recipient, or the contract to call" },
    { flags: "--create", about: "make a contract of --data" },
    { flags: "--value <wei>", about: "what is sent; default 0" },
    { flags: "--data <hex>", about: "call data or init code; default 0x" },
    { flags: "--max-fee-per-gas <wei>", about: "the most that is paid for a unit of gas" },
    { flags: "--max-priority-fee-per-gas <wei>", about: "the most of it that is a tip" },
    { flags: "--gas-price <wei>", about: "in place of both: a legacy transaction, or EIP-2930's with --access-list" },
    { flags: "--type <type>", about: "else it follows from the fees", choices: ["legacy", "eip2930", "eip1559", "eip4844", "eip7702"] },
    { flags: "--access-list <file>", about: "JSON: a list of {address, storageKeys}", completes: "file" },
    { flags: "--max-fee-per-blob-gas <wei>", about: "EIP-4844" },
    { flags: "--blob-hash <hash>", about: "EIP-4844: a versioned hash; may be repeated", repeats: true },
    { flags: "--authorizations <file>", about: "EIP-7702, JSON: a list of {chainId, address, nonce, r, s, yParity}", completes: "file" },
    { flags: "--intent-id <digest>", about: "the decision that it carries out; else made of account, nonce and action" },
    { flags: "--replace", about: "the same action as signed before, with higher fees" },
    { flags: "--cancel", about: "nothing to yourself in place of the intent named by --intent-id" },
    { flags: "-o, --out <file>", about: "the file to make", required: true, completes: "file" },
    { flags: "--overwrite", about: "replace the file where it is a regular one" },
    ...signerOptions,
  ],
  examples: [
    {
      line: "mfm keystore tx-sign treasury --chain-id 1 --nonce 7 --gas-limit 21000 --to 0x52908400098527886E0F7030069857D2E4169EE7 --value 1000000000000000 --max-fee-per-gas 30000000000 --max-priority-fee-per-gas 1000000000 --out tx.raw",
      about: "a transfer",
    },
  ],
  async run(call) {
    const [{ signTransaction }, { signerOf }, { renderPairs }] = await Promise.all([
      import("../../app/keystore/sign.ts"),
      import("../signer-choice.ts"),
      import("../render/table.ts"),
    ]);
    const signed = await signTransaction(call.place, signerOf(call), {
      account: call.argument(0),
      transaction: transactionOf(call),
      role: roleOf(call),
      intentId: call.text("intentId"),
      out: call.required("out"),
      existing: call.has("overwrite") ? "overwrite" : "keep",
    });
    const rows: [string, string][] = [
      ["from", signed.from],
      ["to", signed.to ?? "a new contract"],
      ["chain", String(signed.chainId)],
      ["nonce", String(signed.nonce)],
      ["type", signed.type],
      ["value", `${signed.value} wei`],
      ["intent", signed.intentId],
      ["signed digest", signed.signingDigest],
      ["transaction", signed.transactionHash],
    ];
    if (signed.recorded) rows.push(["recorded", "signed before: this is what was signed then"]);
    return { data: signed, text: () => renderPairs(rows, call.terminal.paint) };
  },
};

function roleOf(call: Call): "first" | "replacement" | "cancel" {
  const [replace, cancel] = [call.has("replace"), call.has("cancel")];
  if (replace && cancel) throw usage("give one of --replace and --cancel");
  return replace ? "replacement" : cancel ? "cancel" : "first";
}

function transactionOf(call: Call) {
  return {
    type: call.text("type"),
    chainId: call.required("chainId"),
    nonce: call.required("nonce"),
    gasLimit: call.required("gasLimit"),
    to: call.text("to"),
    create: call.has("create"),
    value: call.text("value"),
    data: call.text("data"),
    gasPrice: call.text("gasPrice"),
    maxFeePerGas: call.text("maxFeePerGas"),
    maxPriorityFeePerGas: call.text("maxPriorityFeePerGas"),
    maxFeePerBlobGas: call.text("maxFeePerBlobGas"),
    blobHashes: call.list("blobHash"),
    accessListFile: call.text("accessList"),
    authorizationsFile: call.text("authorizations"),
  };
}
