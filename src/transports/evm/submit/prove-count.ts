/**
 * How many transactions an account had made after a block, held to the block's own header: what a node says of a height may be the state of
 * another one. Some answer from the block that they are just making.
 */
import type { Header } from "../../../capabilities/evm/block.ts";
import { verifyAccountProof } from "../../../capabilities/evm/proof.ts";
import { parseProof } from "../parse-answers.ts";
import { type Hex, toQuantity } from "../parse.ts";
import { RpcFailure } from "../provider.ts";
import type { Source } from "../source.ts";

interface Claim {
  readonly account: Hex;
  readonly count: number;
  /** Of the block after which it is so; its hash was recomputed. */
  readonly header: Pick<Header, "number" | "stateRoot">;
}

/** False where it is another one, and where the source cannot prove it. */
export async function isCountProven(source: Source, { account, count, header }: Claim, signal: AbortSignal): Promise<boolean> {
  try {
    const proof = parseProof(await source.request("eth_getProof", [account, [], toQuantity(header.number)], signal), []);
    return proof.nonce === BigInt(count) && (await verifyAccountProof(header.stateRoot, account, proof, [])) === "proven";
  } catch (error) {
    if (error instanceof RpcFailure) return false;
    throw error;
  }
}
