/**
 * The part of ERC-20 that a payment needs, for tokens as they are: some return nothing, some answer false instead of reverting, some keep a
 * part for themselves. @see https://eips.ethereum.org/EIPS/eip-20
 */
import type * as z from "zod";
import type { log } from "../../capabilities/evm/read.ts";
import { MfmError } from "../../kernel/errors.ts";
import { parseSignature } from "../abi/abi-signature.ts";
import { topicOf } from "../abi/abi-item.ts";
import type { Hex } from "./asking.ts";
import { decodeEvent } from "./events.ts";
import { type Scene, type Sender, type Simulators, failAttempt, refuseFunds } from "./simulation.ts";

const transferEvent = parseSignature("event Transfer(address indexed from, address indexed to, uint256 value)");
const transferTopic = topicOf(transferEvent);

const word = (value: bigint): string => value.toString(16).padStart(64, "0");

/** `transfer(address,uint256)` */
export function encodeTransfer(recipient: Hex, amount: bigint): Hex {
  return `0xa9059cbb${word(BigInt(recipient))}${word(amount)}`;
}

/** `balanceOf(address)` */
export function encodeBalanceOf(account: Hex): Hex {
  return `0x70a08231${word(BigInt(account))}`;
}

/** @throws TOKEN_REFUSED where there is no code, or no balance to read; FUNDS_INSUFFICIENT */
export async function assertTokenBalance(
  { chain }: Pick<Simulators, "chain">,
  { network, from }: Pick<Sender, "network" | "from">,
  { scene, token, amount }: { readonly scene: Scene; readonly token: Hex; readonly amount: bigint },
): Promise<void> {
  const [code, balance] = await Promise.all([
    chain.code({ network, account: token, at: scene.at }),
    chain.call({ network, at: scene.at, to: token, data: encodeBalanceOf(from) }),
  ]);
  if (code.kind !== "ok") return failAttempt(code, network);
  if (code.code === "0x") throw refused(network, token, "there is no contract at this address");
  if (balance.kind === "source_failed" || balance.kind === "block_lost") return failAttempt(balance, network);
  if (balance.kind !== "ok" || balance.data.length < 66) throw refused(network, token, "it does not say what an account holds");
  const held = BigInt(balance.data.slice(0, 66));
  if (held < amount) refuseFunds({ network, account: from, token, held, needed: amount });
}

/** @throws TOKEN_REFUSED where the simulated transfer answered anything but nothing or true */
export function assertAccepted(network: string, token: Hex, returned: Hex): void {
  if (returned === "0x") return;
  if (returned.length >= 66 && BigInt(returned.slice(0, 66)) === 1n) return;
  throw refused(
    network,
    token,
    /^0x0*$/.test(returned) ? "its transfer would answer false" : "its transfer would answer with what is neither true nor nothing",
  );
}

/** What the recipient got by the token's own log: less than was sent where it keeps a fee. @throws TRANSFER_NOT_LOGGED */
export function receivedOf(
  logs: readonly z.output<typeof log>[],
  { token, from, recipient }: { readonly token: Hex; readonly from: Hex; readonly recipient: Hex },
): bigint {
  const amounts = logs.flatMap((entry) => {
    if (entry.address !== token || entry.topics[0] !== transferTopic) return [];
    const [sender, receiver, value] = decodeEvent(transferEvent, entry) ?? [];
    return sender === from && receiver === recipient && typeof value === "string" ? [BigInt(value)] : [];
  });
  if (amounts.length > 0) return amounts.reduce((sum, amount) => sum + amount, 0n);
  throw new MfmError("TRANSFER_NOT_LOGGED", `token ${token} logged no transfer from ${from} to ${recipient}`, { token, from, recipient });
}

function refused(network: string, token: Hex, why: string): MfmError {
  return new MfmError("TOKEN_REFUSED", `token ${token} on ${network}: ${why}`, { network, token });
}
