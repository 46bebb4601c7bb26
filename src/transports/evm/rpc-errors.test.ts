/** What nodes and providers say when they do not answer, in their own spellings. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { classifyRpcError, reasonOfFault, type RpcFaultKind } from "./rpc-errors.ts";

type Spelling = readonly [who: string, code: number | undefined, message: string, data?: unknown];

/** `Error(string)` with "no". */
const reason = `0x08c379a0${"20".padStart(64, "0")}${"2".padStart(64, "0")}${Buffer.from("no").toString("hex").padEnd(64, "0")}`;

const reverts: readonly (readonly [...Spelling, expected: string])[] = [
  ["geth", 3, "execution reverted: no", reason, reason],
  ["geth, without a reason", -32000, "execution reverted", undefined, "0x"],
  ["geth, invalid opcode", -32000, "invalid opcode: INVALID", undefined, "0x"],
  ["geth, undefined opcode", -32000, "invalid opcode: opcode 0xfe not defined", undefined, "0x"],
  ["geth, jump", -32000, "invalid jump destination", undefined, "0x"],
  ["geth, stack", -32000, "stack underflow (0 <=> 2)", undefined, "0x"],
  ["geth, static", -32000, "write protection", undefined, "0x"],
  ["erigon", 3, "execution reverted", "0x", "0x"],
  ["nethermind", -32015, "VM execution error.", `Reverted ${reason}`, reason],
  ["nethermind, new", 3, "execution reverted: no", reason, reason],
  ["nethermind, halt", -32015, "VM execution error.", "BadInstruction 0xfe", "0x"],
  ["openethereum", -32015, "VM execution error.", `Reverted ${reason}`, reason],
  ["openethereum, halt", -32015, "VM execution error.", "Bad instruction fe", "0x"],
  ["besu", -32000, "Execution reverted", reason, reason],
  ["besu, with its reason", -32000, "Execution reverted: no", reason, reason],
  ["reth", 3, "execution reverted: no", reason, reason],
  ["reth, halt", -32000, "EVM error: InvalidJump", undefined, "0x"],
  ["anvil", 3, "execution reverted: no", reason, reason],
  ["anvil, halt", -32603, "EVM error InvalidFEOpcode", undefined, "0x"],
  [
    "hardhat",
    -32603,
    "Error: VM Exception while processing transaction: reverted with reason string 'no'",
    { message: "reverted", data: reason },
    reason,
  ],
  ["hardhat, without a reason", -32603, "Error: Transaction reverted without a reason string", { data: "0x" }, "0x"],
  ["ganache", -32000, "VM Exception while processing transaction: revert no", { hash: "0x1", result: reason, reason: "no" }, reason],
  [
    "ganache 6",
    -32000,
    "VM Exception while processing transaction: revert",
    { [`0x${"ab".repeat(32)}`]: { error: "revert", return: reason } },
    reason,
  ],
  ["a wallet", 3, "execution reverted", { originalError: { code: 3, data: reason } }, reason],
  ["Alchemy", 3, "execution reverted", reason, reason],
  ["Infura", 3, "execution reverted: no", reason, reason],
  ["a contract that speaks like a node", 3, "execution reverted: header not found, rate limit, out of gas", reason, reason],
  ["a contract that speaks like a node, to geth without data", -32000, "execution reverted: out of gas", undefined, "0x"],
];

const spellings: readonly (readonly [RpcFaultKind, readonly Spelling[]])[] = [
  [
    "out_of_gas",
    [
      ["geth", -32000, "out of gas"],
      ["geth, estimate", -32000, "gas required exceeds allowance (50000000)"],
      ["geth, time", -32000, "execution aborted (timeout = 5s)"],
      ["geth, intrinsic", -32000, "err: intrinsic gas too low: have 16, want 21000 (supplied gas 16)"],
      ["erigon", -32000, "out of gas"],
      ["nethermind", -32015, "VM execution error.", "OutOfGas"],
      ["besu", -32000, "Out of gas"],
      ["besu, halt", -32000, "INSUFFICIENT_GAS"],
      ["reth", -32003, "out of gas: gas required exceeds: 50000000"],
      ["anvil", -32603, "EVM error OutOfGas"],
      ["anvil, memory", -32603, "EVM error MemoryOOG"],
      ["anvil, intrinsic", -32000, "intrinsic gas too high -- CallGasCostMoreThanGasLimit"],
      ["hardhat", -32603, "Error: VM Exception while processing transaction: out of gas"],
    ],
  ],
  [
    "gas_capped",
    [
      ["hardhat", -32000, "Transaction gas limit is 60000000 and exceeds block gas limit of 30000000"],
      ["hardhat, Osaka", -32000, "Transaction gas limit is 60000000 and exceeds transaction gas cap of 16777216"],
      ["anvil", -32603, "EVM error CallerGasLimitMoreThanBlock"],
      ["reth", -32003, "caller gas limit exceeds block gas limit"],
      ["a provider", -32000, "gas limit is too high"],
    ],
  ],
  [
    "no_block",
    [
      ["geth", -32000, "header not found"],
      ["geth, by hash", -32000, "header for hash not found"],
      ["geth, require-canonical", -32000, "hash is not currently canonical"],
      ["geth, logs", -32000, "unknown block"],
      ["geth, tag", -39001, "finalized block not found"],
      ["erigon", -32000, "block not found: 0x1234"],
      ["erigon, future", -32602, "block number 5 is greater than latest 4"],
      ["nethermind", -32001, "Resource not found"],
      ["nethermind, number", -32000, "Block 0x99 could not be found"],
      ["besu", -39001, "Unknown block"],
      ["reth", -32001, "block not found: hash 0x1234"],
      ["anvil", -32001, "Resource not found"],
      ["anvil, number", -32602, "BlockOutOfRangeError: block height is 0 but requested was 153"],
      ["hardhat", -32000, "Received invalid block tag 153. Latest block number is 5"],
      ["openethereum", -32000, "One of the blocks specified in filter (fromBlock, toBlock or blockHash) cannot be found"],
      ["avalanche", -32000, "cannot query unfinalized data: requested height 7 after last accepted block 5"],
      ["Alchemy", -32000, "Block 0x99 does not exist"],
      ["Cloudflare", -32000, "cannot find block"],
    ],
  ],
  [
    "no_state",
    [
      ["geth", -32000, "missing trie node 5f2c (path ) state 0x5f2c is not available, not found"],
      ["geth, path scheme", -32000, "historical state 0x12 is not available"],
      ["geth, trace", -32000, "required historical state unavailable (reexec=128)"],
      ["geth, history", 4444, "pruned history unavailable"],
      ["erigon", -32000, "old data not available due to pruning"],
      ["nethermind", -32002, "No state available for block 0x1234"],
      ["besu", -32000, "World state unavailable"],
      ["reth", -32000, "state at block #5 is pruned"],
      ["reth, proof", -32000, "distance to target block exceeds maximum proof window"],
      ["Infura", -32002, "project does not have access to archive state"],
      ["QuickNode", -32000, "Archive requests require a paid plan"],
    ],
  ],
  [
    "no_method",
    [
      ["geth", -32601, "the method eth_createAccessList does not exist/is not available"],
      ["erigon", -32601, "the method eth_foo does not exist/is not available"],
      ["nethermind", -32601, "Method eth_foo is not supported"],
      ["besu", -32601, "Method not found"],
      ["besu, off", -32604, "Method not enabled"],
      ["reth", -32601, "Method not found"],
      ["anvil", -32601, "Method not found"],
      ["hardhat", -32004, "Method eth_foo is not supported"],
      ["Alchemy", -32600, "Unsupported method: eth_foo on ETH_MAINNET"],
      ["Infura", -32601, "The method eth_foo does not exist/is not available"],
      ["a gateway", -32000, "rpc method is not whitelisted"],
      ["EIP-1193", 4200, "The Provider does not support it"],
    ],
  ],
  [
    "bad_params",
    [
      ["geth", -32602, "invalid argument 1: json: cannot unmarshal object into Go value of type string"],
      ["geth, overrides", -32602, "too many arguments, want at most 2"],
      ["nethermind", -32602, "Invalid params"],
      ["besu", -32602, "Invalid block, unable to parse RPC parameter"],
      ["reth", -32602, "invalid type: map, expected a string at line 1 column 1"],
      ["anvil", -32602, "invalid length 0, expected tuple variant EthRequest::EthGetBalance with 2 elements"],
      ["anvil, body over 2 MB", -32600, "Invalid request"],
      ["hardhat", -32602, "Invalid value undefined supplied to : QUANTITY"],
    ],
  ],
  [
    "rate_limited",
    [
      [
        "Alchemy",
        429,
        "Your app has exceeded its compute units per second capacity. If you have retries enabled, you can safely ignore this.",
      ],
      ["Alchemy, month", 429, "Monthly capacity limit exceeded."],
      ["Infura", -32005, "project ID request rate exceeded"],
      ["Infura, day", -32005, "daily request count exceeded, request rate limited"],
      ["QuickNode", -32007, "50/second request limit reached - reduce calls per second or upgrade your account"],
      ["Cloudflare", -32029, "Too many requests"],
      ["public nodes", -32005, "limit exceeded"],
      ["a gateway", -32090, "Too many requests, reason: call rate limit exhausted, retry in 10s"],
      ["a gateway without a code", undefined, "rate limit exceeded"],
    ],
  ],
  [
    "answer_too_large",
    [
      ["geth", -32003, "response too large"],
      ["reth", -32008, "Response is too big"],
      ["Alchemy", -32602, "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range"],
      ["Infura", -32005, "query returned more than 10000 results"],
      ["QuickNode", -32000, "query exceeds max results 20000, retry with the range 1-2"],
      ["Ankr", -32000, "response size should not greater than 10000000 bytes"],
    ],
  ],
  [
    "request_too_large",
    [
      ["geth", -32600, "content length too large (6000000>5242880)"],
      ["reth", -32007, "Request is too big"],
      ["reth, new", -32007, "oversized request"],
      ["a gateway", -32000, "request entity too large"],
    ],
  ],
  [
    "batch_refused",
    [
      ["geth", -32600, "batch too large"],
      ["besu", -32005, "Number of requests exceeds max batch size"],
      ["reth", -32010, "The batch request was too large"],
      ["reth, off", -32005, "Batched requests are not supported by this server"],
      ["nethermind", -32005, "Batch size limit exceeded"],
      ["a public node", -32000, "batch size is too large, limit 10"],
      ["OP public", -32014, "over batch limit: too many requests in batch"],
    ],
  ],
  [
    "unauthorized",
    [
      ["Alchemy", -32600, "Must be authenticated!"],
      ["Infura", -32002, "invalid project id"],
      ["a gateway", -32000, "Unauthorized: invalid api key"],
      ["Ankr", -32000, "Unauthorized: You must authenticate your request with an API key."],
      ["EIP-1193", 4100, "not allowed"],
    ],
  ],
  [
    "unavailable",
    [
      ["geth", -32603, "Internal error"],
      ["Alchemy", -32603, "Internal server error"],
      ["Cloudflare", -32046, "Cannot fulfill request"],
      ["drpc", -32000, "no upstream available"],
      ["a gateway", -32000, "Temporary internal error. Please retry"],
      ["a gateway, time", -32000, "request timed out"],
    ],
  ],
  [
    "other",
    [
      ["nobody yet", -32000, "not today"],
      ["nobody yet, without a code", undefined, ""],
    ],
  ],
];

describe("classifyRpcError", () => {
  for (const [who, code, message, data, expected] of reverts)
    it(`reverted: ${who}`, () => assert.deepEqual(classifyRpcError({ code, message, data }), { kind: "reverted", data: expected }));

  for (const [kind, cases] of spellings) {
    for (const [who, code, message, data] of cases)
      it(`${kind}: ${who}`, () => assert.deepEqual(classifyRpcError({ code, message, data }), { kind }));
  }

  it("takes no reason of its own from data that is no bytes", () => {
    const circle: { data?: unknown } = {};
    circle.data = circle;
    for (const data of [circle, "0x123", "secret", 7, null, [], { data: { data: { data: { data: { data: reason } } } } }])
      assert.deepEqual(classifyRpcError({ code: 3, message: "execution reverted", data }), { kind: "reverted", data: "0x" });
  });

  it("has a reason for every fault", () => {
    const named = spellings.map(([kind]) => [kind, reasonOfFault({ kind })]);
    assert.deepEqual(named, [
      ["out_of_gas", "refused"],
      ["gas_capped", "refused"],
      ["no_block", "no_block"],
      ["no_state", "no_block"],
      ["no_method", "unsupported"],
      ["bad_params", "refused"],
      ["rate_limited", "rate_limited"],
      ["answer_too_large", "too_large"],
      ["request_too_large", "too_large"],
      ["batch_refused", "refused"],
      ["unauthorized", "unauthorized"],
      ["unavailable", "unavailable"],
      ["other", "refused"],
    ]);
  });
});
