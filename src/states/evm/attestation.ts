/**
 * Whether a call ran on the pinned block, as the call itself says. EIP-1898 asks a node for a block; this is how a node that answers from
 * another one is found out.
 */
import type { Asker, Hex } from "./asking.ts";
import { heedAtPin } from "./source-failure.ts";
import type { Pin } from "./pinned.ts";
import { parseInstant } from "../../kernel/codecs.ts";
import { readWord } from "./returned.ts";
import type { Attestation } from "./scanner.ts";

/** `unattested`: this chain's opcodes do not tell its blocks, and nothing speaks against the pinned one. */
export type Attested = "attested" | "unattested" | "other_block";

/** What a call says that ran on the pinned block, on a chain whose opcodes tell its own blocks. */
export function attestationOf({ network, block, parentHash, timestamp }: Pin): Attestation {
  const chainId = BigInt(network.slice("eip155:".length));
  return { number: block.number, timestamp: BigInt(parseInstant(timestamp)) / 1000n, chainId, parentHash };
}

/** @throws PIN_LOST, SOURCE_FAILED as the asker's rule is */
export async function checkAttestation(asker: Asker, seen: Attestation): Promise<Attested> {
  const { pin } = asker;
  if (`eip155:${seen.chainId}` !== pin.network || seen.timestamp * 1000n !== BigInt(parseInstant(pin.timestamp))) return "other_block";
  if (seen.number === pin.block.number) {
    if (seen.parentHash === pin.parentHash) return "attested";
    return hasOwnBlockHashes(pin) ? "unattested" : "other_block";
  }
  return (await arbitrumNumber(asker)) === pin.block.number ? "unattested" : "other_block";
}

/** @see https://docs.scroll.xyz/en/developers/ethereum-and-scroll-differences */
const scroll: readonly string[] = ["eip155:534352", "eip155:534351"];

/**
 * Where BLOCKHASH is not the hash that headers name as their parent's: Scroll makes one up, and of a chain whose headers cannot be recomputed
 * nothing is known.
 */
function hasOwnBlockHashes({ network, header }: Pin): boolean {
  return header === "reported" || scroll.includes(network);
}

/** ArbSys, a precompile of every Arbitrum chain, where NUMBER is a block of the parent chain. */
const arbSys: Hex = "0x0000000000000000000000000000000000000064";
const arbBlockNumber: Hex = "0xa3b1b31d";

async function arbitrumNumber(asker: Asker): Promise<bigint | undefined> {
  const { chain, pin } = asker;
  const answer = await chain.call({ network: pin.network, at: pin.block, to: arbSys, data: arbBlockNumber });
  if (answer.kind === "block_lost" || answer.kind === "source_failed") heedAtPin(asker, answer);
  return answer.kind === "ok" ? readWord({ size: (answer.data.length - 2) / 2, head: answer.data }) : undefined;
}
