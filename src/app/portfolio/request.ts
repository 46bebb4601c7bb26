/** From a wish to the op's configuration: names become chain ids, lists become tokens, defaults are written out. */
import type { SnapshotRequest } from "../../ops/portfolio/snapshot-config.ts";
import { failure } from "../failure.ts";
import type { NetworkId } from "../networks/network-table.ts";
import type { NetworkView, Networks } from "../networks/networks.ts";
import type { RpcFlag } from "../place.ts";
import { type ListedToken, readBuiltinList, readTokenListFile } from "./token-list.ts";
import type { Wish } from "./wish.ts";

export interface PreparedSnapshot {
  readonly request: SnapshotRequest;
  readonly networks: readonly NetworkView[];
}

type RequestedNetwork = SnapshotRequest["networks"][number];
type RequestedToken = RequestedNetwork["tokens"][number];

/** Without any network named: that of the flag, else those of the configuration, else this one. */
const usualNetwork = "ethereum";

/** @throws NETWORK_UNKNOWN, PORTFOLIO_INVALID, TOKEN_LIST_INVALID, FILE_UNREADABLE */
export async function prepareSnapshot(wish: Wish, networks: Networks, rpc: RpcFlag | undefined): Promise<PreparedSnapshot> {
  const views = await viewNetworks(wish, networks, rpc);
  if (wish.accounts.length === 0) throw invalid("no account is named");
  assertDistinct(
    wish.accounts.map(({ address }) => address),
    "the account",
  );
  if (wish.block !== undefined && wish.block.kind !== "tag" && views.length > 1)
    throw invalid("a block by its number or hash belongs to one chain: name a single network");
  const find = new NetworkFinder(views, networks);
  const listed = readLists(wish.tokenLists, new Set(views.map(({ id }) => chainIdOf(id))));
  const tokens = await mergeTokens(wish, listed, find);
  const request: SnapshotRequest = {
    accounts: wish.accounts.map(({ address, label }) => (label === undefined ? { address } : { address, label })),
    networks: views.map((view): RequestedNetwork => {
      const block = wish.block ?? { kind: "tag", tag: view.finality };
      return { network: view.id, block, native: view.native, tokens: [...(tokens.get(view.id)?.values() ?? [])] };
    }),
    prices: await pricesOf(wish, find),
    prove: wish.prove,
    onSourceFailure: wish.onSourceFailure,
  };
  return { request, networks: views };
}

function chainIdOf(id: NetworkId): number {
  return Number(id.slice("eip155:".length));
}

async function viewNetworks(wish: Wish, networks: Networks, rpc: RpcFlag | undefined): Promise<readonly NetworkView[]> {
  const configured = networks.configured.map(({ id }) => id);
  const usual = rpc !== undefined ? [] : configured.length > 0 ? configured : [usualNetwork];
  const named = wish.networks.length > 0 ? wish.networks : usual;
  const ids: NetworkId[] = [];
  for (const name of named) ids.push(await networks.resolve(name));
  assertDistinct(ids, "the network");
  if (rpc !== undefined && !ids.includes(rpc.network)) ids.push(rpc.network);
  return Promise.all(ids.map((id) => networks.view(id)));
}

/** Which of the networks a token or a feed is on. */
class NetworkFinder {
  readonly #views: readonly NetworkView[];
  readonly #networks: Networks;

  constructor(views: readonly NetworkView[], networks: Networks) {
    this.#views = views;
    this.#networks = networks;
  }

  async idOf(name: string | undefined, what: string): Promise<NetworkId> {
    const [first, second] = this.#views;
    if (name === undefined) {
      if (first !== undefined && second === undefined) return first.id;
      throw invalid(`${what}: say on which network it is, as in ${first?.name ?? usualNetwork}=0x...`);
    }
    const id = await this.#networks.resolve(name);
    if (this.#views.some((view) => view.id === id)) return id;
    throw invalid(`${what}: ${name} is not among the networks that are looked at`);
  }
}

function readLists(lists: readonly string[], chains: ReadonlySet<number>): readonly ListedToken[] {
  if (lists.includes("none")) {
    if (lists.length > 1) throw invalid("token lists: none stands beside others");
    return [];
  }
  assertDistinct(lists, "the token list");
  const named = lists.length === 0 ? ["builtin"] : lists;
  return named.flatMap((list) => (list === "builtin" ? readBuiltinList(chains) : readTokenListFile(list, chains)));
}

/** Listed tokens first, in the order of the lists; the first list that names a token describes it. */
async function mergeTokens(
  wish: Wish,
  listed: readonly ListedToken[],
  find: NetworkFinder,
): Promise<ReadonlyMap<string, ReadonlyMap<string, RequestedToken>>> {
  const networks = new Map<string, Map<string, RequestedToken>>();
  const add = (network: string, token: RequestedToken): void => {
    const tokens = networks.get(network) ?? new Map<string, RequestedToken>();
    if (!tokens.has(token.address)) tokens.set(token.address, token);
    networks.set(network, tokens);
  };
  for (const { chainId, address, symbol, decimals } of listed) add(`eip155:${chainId}`, { address, symbol, decimals });
  for (const { network, address } of wish.tokens) add(await find.idOf(network, `token ${address}`), { address });
  return networks;
}

async function pricesOf(wish: Wish, find: NetworkFinder): Promise<SnapshotRequest["prices"]> {
  assertDistinct(
    wish.prices.map(({ symbol, quote }) => `${symbol}/${quote}`),
    "the price",
  );
  const prices: SnapshotRequest["prices"][number][] = [];
  for (const { symbol, quote, from } of wish.prices) {
    if (from.kind === "fixed") prices.push({ symbol, quote, from });
    else prices.push({ symbol, quote, from: { ...from, network: await find.idOf(from.network, `feed of ${symbol}/${quote}`) } });
  }
  return prices;
}

function assertDistinct(names: readonly string[], what: string): void {
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw invalid(`${what} ${twice} is named twice`);
}

function invalid(message: string): Error {
  return failure("PORTFOLIO_INVALID", message);
}
