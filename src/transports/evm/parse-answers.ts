/** Receipts, logs, fee history, access lists and proofs as nodes answer them. @see https://ethereum.github.io/execution-apis/ */
import type { AccountProof } from "../../capabilities/evm/read.ts";
import { limits } from "../../kernel/json.ts";
import {
  type Hex,
  malformed,
  parseAddress,
  parseBytes,
  parseHash,
  parseIndex,
  parseList,
  parseObject,
  parseOptional,
  parseQuantity,
} from "./parse.ts";
import { RpcFailure } from "./provider.ts";

const mostLogs = 10_000;
/** What a log takes in canonical JSON beside its data, and each of its topics, at most. */
const [logLength, topicLength] = [200, 70];
const mostAccounts = 1024;
const mostSlots = 1024;
const mostNodes = 128;

/** The logs of one block or transaction. @throws RpcFailure malformed, also where one is of another block; too_large */
export function parseLogs(value: unknown, blockHash: Hex) {
  let room = limits.valueBytes;
  return parseList(value, "logs", mostLogs).map((entry) => {
    const log = parseLog(entry, blockHash);
    room -= lengthOf(log);
    if (room < 0) throw new RpcFailure("too_large", "logs: more than a value may hold");
    return log;
  });
}

function parseLog(entry: unknown, blockHash: Hex) {
  const log = parseObject(entry, "log");
  if (parseHash(log["blockHash"], "blockHash") !== blockHash) throw malformed("log", "of the block");
  return {
    address: parseAddress(log["address"], "address"),
    topics: parseList(log["topics"], "topics", 4).map((topic) => parseHash(topic, "topic")),
    data: parseBytes(log["data"], "data"),
    logIndex: parseIndex(log["logIndex"], "logIndex"),
    transactionHash: parseHash(log["transactionHash"], "transactionHash"),
  };
}

function lengthOf({ data, topics }: { readonly data: string; readonly topics: readonly string[] }): number {
  return data.length + logLength + topics.length * topicLength;
}

/** The first logs, of which there is room for everything beside them, and how many are left out. */
function parseFirstLogs(value: unknown, blockHash: Hex) {
  let room = limits.valueBytes / 2;
  const entries = parseList(value, "logs", Infinity);
  const logs: ReturnType<typeof parseLog>[] = [];
  for (const entry of entries) {
    const log = parseLog(entry, blockHash);
    room -= lengthOf(log);
    if (room < 0 || logs.length === mostLogs) break;
    logs.push(log);
  }
  const logsLeftOut = entries.length - logs.length;
  return { logs, ...(logsLeftOut === 0 ? {} : { logsLeftOut }) };
}

/** A receipt of this transaction, or undefined where the node knows none. @throws RpcFailure malformed; too_large */
export function parseReceipt(value: unknown, transaction: Hex) {
  return readReceipt(value, transaction, (logs, blockHash) => ({ logs: parseLogs(logs, blockHash) }));
}

/** The same, with as many of its logs as there is room for: a stranger's contract writes them, and no number of them hides what became of a transaction. */
export function parseReceiptInPart(value: unknown, transaction: Hex) {
  return readReceipt(value, transaction, parseFirstLogs);
}

function readReceipt<L>(value: unknown, transaction: Hex, logsOf: (logs: unknown, blockHash: Hex) => L) {
  if (value === null) return undefined;
  const receipt = parseObject(value, "receipt");
  const transactionHash = parseHash(receipt["transactionHash"], "transactionHash");
  if (transactionHash !== transaction) throw malformed("receipt", "of the transaction");
  const status = parseQuantity(receipt["status"], "status");
  if (status > 1n) throw malformed("status", "0 or 1");
  const blockHash = parseHash(receipt["blockHash"], "blockHash");
  const to = parseOptional(receipt["to"], "to", parseAddress);
  const contractAddress = parseOptional(receipt["contractAddress"], "contractAddress", parseAddress);
  return {
    transactionHash,
    blockNumber: parseQuantity(receipt["blockNumber"], "blockNumber"),
    blockHash,
    transactionIndex: parseIndex(receipt["transactionIndex"], "transactionIndex"),
    from: parseAddress(receipt["from"], "from"),
    ...(to === undefined ? {} : { to }),
    ...(contractAddress === undefined ? {} : { contractAddress }),
    status: status === 1n ? ("success" as const) : ("reverted" as const),
    gasUsed: parseQuantity(receipt["gasUsed"], "gasUsed"),
    effectiveGasPrice: parseQuantity(receipt["effectiveGasPrice"], "effectiveGasPrice"),
    ...logsOf(receipt["logs"], blockHash),
  };
}

/** @throws RpcFailure malformed */
export function parseFeeHistory(value: unknown, blocks: number, percentiles: number) {
  const history = parseObject(value, "fee history");
  const ratios = parseList(history["gasUsedRatio"], "gasUsedRatio", blocks);
  const rewards = percentiles === 0 ? [] : parseList(history["reward"], "reward", blocks);
  if (percentiles > 0 && rewards.length !== ratios.length) throw malformed("reward", "one for each block");
  const baseFees = parseList(history["baseFeePerGas"], "baseFeePerGas", blocks + 1);
  if (baseFees.length !== ratios.length + 1) throw malformed("baseFeePerGas", "one more than there are blocks");
  return {
    kind: "ok" as const,
    oldestBlock: parseQuantity(history["oldestBlock"], "oldestBlock"),
    baseFeePerGas: baseFees.map((fee) => parseQuantity(fee, "baseFeePerGas")),
    gasUsedMillionths: ratios.map(parseRatio),
    rewards: rewards.map((row) => parseRewards(row, percentiles)),
  };
}

function parseRewards(row: unknown, percentiles: number): bigint[] {
  const rewards = parseList(row, "reward", percentiles);
  if (rewards.length !== percentiles) throw malformed("reward", "one for each percentile");
  return rewards.map((reward) => parseQuantity(reward, "reward"));
}

/** The one float of the API, from 0 to 1; some chains go a little over their limit. */
function parseRatio(ratio: unknown): number {
  if (typeof ratio !== "number" || !(ratio >= 0)) throw malformed("gasUsedRatio", "a ratio");
  return Math.min(1_000_000, Math.round(ratio * 1_000_000));
}

/** The slots that a call touches. @throws RpcFailure malformed, too_large */
export function parseAccessList(value: unknown) {
  const list = parseList(parseObject(value, "access list answer")["accessList"], "access list", mostAccounts);
  const accessed = list.map((entry) => {
    const { address, storageKeys } = parseObject(entry, "access list entry");
    const slots = parseList(storageKeys, "storageKeys", mostSlots).map((slot) => parseHash(slot, "storage key"));
    return { address: parseAddress(address, "address"), slots };
  });
  return { kind: "ok" as const, accessed };
}

/** An EIP-1186 proof of these slots, in their order. Not yet verified. @throws RpcFailure malformed */
export function parseProof(value: unknown, slots: readonly Hex[]): AccountProof {
  const proof = parseObject(value, "proof");
  const nodes = (list: unknown): Hex[] => parseList(list, "proof nodes", mostNodes).map((node) => parseBytes(node, "proof node"));
  const proved = parseList(proof["storageProof"], "storageProof", slots.length);
  if (proved.length !== slots.length) throw malformed("storageProof", "one for each slot");
  return {
    kind: "ok",
    balance: parseQuantity(proof["balance"], "balance"),
    nonce: parseQuantity(proof["nonce"], "nonce"),
    codeHash: parseHash(proof["codeHash"], "codeHash"),
    storageHash: parseHash(proof["storageHash"], "storageHash"),
    accountProof: nodes(proof["accountProof"]),
    // Nodes spell the key in their own way; the order is that of the request.
    storage: slots.map((slot, index) => {
      const entry = parseObject(proved[index], "storage proof");
      if (parseQuantity(entry["key"], "key") !== BigInt(slot)) throw malformed("storage proof", "of the slot");
      return { slot, value: parseQuantity(entry["value"], "value"), proof: nodes(entry["proof"]) };
    }),
  };
}
