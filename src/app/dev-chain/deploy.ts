/** Furnishes a fresh chain: all contracts in one block, paid by the first of anvil's accounts, then a few more so that finalized blocks have them. */
import { encodeAbiParameters, getAddress } from "viem/utils";
import { invariant } from "../../kernel/errors.ts";
import { multicall3 } from "../../states/evm/multicall3.ts";
import { contractCode, multicall3Code } from "./contract-code.ts";
import { type Feed, type HonestToken, type OddToken, feeds, honestTokens, oddTokens } from "./contracts.ts";
import { callBatch, type RpcCall } from "./rpc.ts";

type Address = ReturnType<typeof getAddress>;
export type DeployedToken = HonestToken & { readonly address: string };
export type DeployedFeed = Feed & { readonly address: string };

export interface Furnished {
  readonly accounts: readonly Address[];
  readonly holder: Address;
  readonly tokens: readonly DeployedToken[];
  readonly oddTokens: Readonly<Record<OddToken, string>>;
  readonly feeds: readonly DeployedFeed[];
}

/** How many blocks a finalized one lies behind the head (`--slots-in-an-epoch 1`). */
const finality = 2;

/** On a chain that does not mine by itself yet. @throws DEV_CHAIN_CALL_FAILED when a deployment is refused */
export async function furnish(url: string): Promise<Furnished> {
  const [unlocked] = await callBatch(url, [{ method: "eth_accounts", params: [] }]);
  const accounts = (unlocked as readonly string[]).map((account) => getAddress(account));
  const [deployer, holder] = accounts;
  invariant(deployer !== undefined && holder !== undefined, "anvil has accounts");
  const codes = [
    ...honestTokens.map((token) => tokenCode(token, holder)),
    ...oddTokens.map((name) => contractCode[name]),
    ...feeds.map(feedCode),
  ];
  const created = await create(url, deployer, codes);
  const at = <T>(thing: T, index: number): T & { readonly address: string } => {
    const address = created[index];
    invariant(address !== undefined, "every contract has an address");
    return { ...thing, address };
  };
  const firstOdd = honestTokens.length;
  const firstFeed = firstOdd + oddTokens.length;
  const odd = oddTokens.map((name, index) => [name, at({}, firstOdd + index).address] as const);
  return {
    accounts,
    holder,
    tokens: honestTokens.map((token, index) => at(token, index)),
    oddTokens: Object.fromEntries(odd) as Record<OddToken, string>,
    feeds: feeds.map((feed, index) => at(feed, firstFeed + index)),
  };
}

/** The addresses of contracts made from these codes, in one block that is finalized on return. */
async function create(url: string, from: string, codes: readonly string[]): Promise<string[]> {
  const sent = await callBatch(url, [
    // anvil takes the calls of a batch in any order.
    ...codes.map((data, nonce): RpcCall => ({ method: "eth_sendTransaction", params: [{ from, data, nonce: hex(nonce) }] })),
    { method: "anvil_setCode", params: [multicall3, multicall3Code] },
  ]);
  await callBatch(url, [{ method: "anvil_mine", params: [hex(1 + finality)] }]);
  const hashes = sent.slice(0, codes.length);
  const receipts = await callBatch(
    url,
    hashes.map((hash): RpcCall => ({ method: "eth_getTransactionReceipt", params: [hash] })),
  );
  return receipts.map((receipt) => {
    const { contractAddress, status } = receipt as { readonly contractAddress: string; readonly status: string };
    invariant(status === "0x1", "a contract of ours can be created");
    return getAddress(contractAddress);
  });
}

function tokenCode({ contract, name, symbol, decimals, held }: HonestToken, holder: Address): string {
  const holders = [holder];
  const args =
    contract === "DemoToken"
      ? encodeAbiParameters(demoToken, [name, symbol, decimals, holders, [held]])
      : encodeAbiParameters(mintedToken, [holders, held]);
  return contractCode[contract] + args.slice(2);
}

function feedCode({ pair, decimals, answer }: Feed): string {
  return contractCode.PriceFeed + encodeAbiParameters(feedParameters, [decimals, pair, answer]).slice(2);
}

const demoToken = [
  { type: "string", name: "name" },
  { type: "string", name: "symbol" },
  { type: "uint8", name: "decimals" },
  { type: "address[]", name: "holders" },
  { type: "uint256[]", name: "amounts" },
] as const;
const mintedToken = [
  { type: "address[]", name: "holders" },
  { type: "uint256", name: "amount" },
] as const;
const feedParameters = [
  { type: "uint8", name: "decimals" },
  { type: "string", name: "description" },
  { type: "int256", name: "answer" },
] as const;

function hex(quantity: number): string {
  return `0x${quantity.toString(16)}`;
}
