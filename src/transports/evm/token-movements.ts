/**
 * What an account has more and less of tokens, as their own logs say: ERC-20's `Transfer`, with both accounts as topics and the amount as data.
 * Any contract may log anything: what is not of this form is passed over. @see https://eips.ethereum.org/EIPS/eip-20
 */
import { type Fields, type Hex, parseAddress } from "./parse.ts";

export interface TokenMovement {
  readonly token: Hex;
  /** In the smallest unit. */
  readonly received: bigint;
  readonly spent: bigint;
}

const transferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

/** Nodes and protocols log transfers of the network's own asset as from these: nobody's contract (`traceTransfers`), and the system (EIP-7708). */
const ownAsset: ReadonlySet<string> = new Set([`0x${"ee".repeat(20)}`, `0x${"ff".repeat(19)}fe`]);

/** By token, in the order of their logs. Undefined where there is no list to read. */
export function readTokenMovements(logs: unknown, account: Hex): TokenMovement[] | undefined {
  if (!Array.isArray(logs)) return undefined;
  const sums = new Map<string, { received: bigint; spent: bigint }>();
  const own = account.toLowerCase().slice(2);
  for (const log of logs) {
    const transfer = transferOf(log);
    if (transfer === undefined || ownAsset.has(transfer.token)) continue;
    const { token, from, to, amount } = transfer;
    // What it sends to itself it has before and after.
    if (amount === 0n || from === to || (from !== own && to !== own)) continue;
    const sum = sums.get(token) ?? { received: 0n, spent: 0n };
    if (to === own) sum.received += amount;
    else sum.spent += amount;
    sums.set(token, sum);
  }
  return [...sums].map(([token, { received, spent }]) => ({ token: parseAddress(token, "token"), received, spent }));
}

interface Transfer {
  readonly token: string;
  /** 40 digits. */
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

function transferOf(log: unknown): Transfer | undefined {
  const { address, topics, data } = (log ?? {}) as Fields;
  if (!Array.isArray(topics) || topics.length !== 3) return undefined;
  const [event, from, to] = topics.map(digitsOf);
  const [token, amount] = [digitsOf(address), digitsOf(data)];
  if (event !== transferTopic.slice(2) || token?.length !== 40 || amount?.length !== 64) return undefined;
  if (from === undefined || to === undefined || !isAddress.test(from) || !isAddress.test(to)) return undefined;
  return { token: `0x${token}`, from: from.slice(24), to: to.slice(24), amount: BigInt(`0x${amount}`) };
}

/** An address as a topic: zeros stand before it. */
const isAddress = /^0{24}[0-9a-f]{40}$/;

function digitsOf(value: unknown): string | undefined {
  return typeof value === "string" && /^0x[0-9a-f]{40,64}$/i.test(value) ? value.slice(2).toLowerCase() : undefined;
}
