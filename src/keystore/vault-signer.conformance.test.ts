import { SignerLab } from "../../test/keystore/signer-lab.ts";
import { MfmError } from "../kernel/errors.ts";
import { testSignerConformance } from "../testing/signer-conformance.ts";
import type { Signer } from "./signer-port.ts";

testSignerConformance("vault in this process", () => SignerLab.open());

/** As hardware may be: transactions, and nothing else. */
testSignerConformance("of transactions only", async () => {
  const { signer: whole, close } = await SignerLab.open();
  const signer: Signer = {
    accounts: () => whole.accounts(),
    async sign(intent) {
      if (intent.kind === "transaction") return whole.sign(intent);
      throw new MfmError("SIGNER_UNSUPPORTED", `it signs no ${intent.kind}`);
    },
    check: (intent) => whole.check(intent),
    signedNonces: (range) => whole.signedNonces(range),
    close: () => whole.close(),
  };
  return { signer, close, unsupported: ["message", "typedData", "authorization"] };
});
