/** People who sign, with keys that everybody knows, and who recovers them: ethers, which is not what MFM signs with. */
import { Wallet, verifyTypedData } from "ethers";
import type { Json } from "../../src/kernel/json.ts";
import type { RecoverSigner } from "../../src/kernel/ports.ts";

const operator = (fill: string): Wallet => new Wallet(`0x${fill.repeat(64)}`);
/** Three who may decide, and one who may not. */
export const people = { ann: operator("1"), bob: operator("2"), cem: operator("3"), eve: operator("4") };
export const operators = [people.ann, people.bob, people.cem].map(({ address }) => address).sort();

/** ethers recovers whoever signed an EIP-712 document. */
export const recoverSigner: RecoverSigner = async (document, signature) => {
  try {
    const { domain, types, message } = typedDataOf(document);
    return verifyTypedData(domain, types, message, signature);
  } catch {
    return undefined;
  }
};

export function sign(who: Wallet, document: string): Promise<string> {
  const { domain, types, message } = typedDataOf(document);
  return who.signTypedData(domain, types, message);
}

function typedDataOf(document: string) {
  const { domain, types, message } = JSON.parse(document) as {
    domain: Record<string, string>;
    types: Record<string, { name: string; type: string }[]>;
    message: Record<string, Json>;
  };
  const { EIP712Domain: _, ...rest } = types;
  return { domain, types: rest, message };
}
