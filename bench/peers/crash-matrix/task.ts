/**
 * The task of the crash matrix: deploy a counter, call `inc(1)` three times, send 1 wei. Five transactions of one account, each after the one
 * before. What the chain says afterwards decides, not what a tool says.
 */
import type { Anvil } from "../../../test/evm/anvil.ts";

/** Anvil's first account; its key is public. */
export const account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
export const accountKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
/** Has nothing before. */
export const payee = "0x1000000000000000000000000000000000000001";
/** Not the one of development chains, on which tools take liberties. */
export const chainId = 4242;

export const transactions = 5;

/** What the account did on the chain. */
export interface Deeds {
  /** Transactions of the account that are in blocks. */
  readonly sent: number;
  /** Of these, the ones that created a contract. */
  readonly created: number;
  /** What the last of these contracts has counted; 0 without any. */
  readonly counted: number;
  /** Wei. */
  readonly paid: bigint;
}

export const isDoneOnce = ({ sent, created, counted, paid }: Deeds): boolean =>
  sent === transactions && created === 1 && counted === 3 && paid === 1n;

interface Block {
  readonly transactions: readonly { readonly hash: string; readonly from: string; readonly to: string | null }[];
}

export async function readDeeds({ rpc }: Anvil): Promise<Deeds> {
  const head = Number(await rpc<string>("eth_blockNumber"));
  const numbers = Array.from({ length: head + 1 }, (_, number) => `0x${number.toString(16)}`);
  const blocks = await Promise.all(numbers.map((number) => rpc<Block>("eth_getBlockByNumber", number, true)));
  const sent = blocks.flatMap((block) => block.transactions).filter(({ from }) => from.toLowerCase() === account.toLowerCase());
  const created = sent.filter(({ to }) => to === null);
  const paid = BigInt(await rpc<string>("eth_getBalance", payee, "latest"));
  return { sent: sent.length, created: created.length, counted: await readCount(rpc, created.at(-1)?.hash), paid };
}

async function readCount(rpc: Anvil["rpc"], creation: string | undefined): Promise<number> {
  if (creation === undefined) return 0;
  const { contractAddress: to } = await rpc<{ readonly contractAddress: string }>("eth_getTransactionReceipt", creation);
  /** `count()` */
  const data = "0x06661abd";
  return Number(await rpc<string>("eth_call", { to, data }, "latest"));
}
