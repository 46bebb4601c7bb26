/** The live port for signatures of people. Cryptography is loaded where there is one to look at. */
import type { RecoverSigner } from "../kernel/ports.ts";

export const recoverSigner: RecoverSigner = async (document, signature) => {
  const keystore = await import("../keystore/signing/recover-signer.ts");
  return keystore.recoverSigner(document, signature);
};
