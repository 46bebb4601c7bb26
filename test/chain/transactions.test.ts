/** Simulation and conclusion of transactions against a real node: what is refused before anything is sent, and what is read afterwards. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Interface } from "ethers";
import type * as z from "zod";
import { replayRevert } from "../../src/app/evm/replay-revert.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import { submitTransaction } from "../../src/states/evm/submit-transaction.ts";
import { submitTransfer } from "../../src/states/evm/submit-transfer.ts";
import { runConclusion, runIntent } from "../../src/testing/run-state.ts";
import type { PaymentContract } from "./payment-contracts.ts";
import { PaymentScene, addressOf, network, sender, terms } from "./payment-scene.ts";

let scene: PaymentScene;
before(async () => {
  scene = await PaymentScene.set();
});
after(() => scene.end());

const counter = new Interface(["function add(uint256 by, string note)", "function overflow()"]);
const counterAbi = ["event Counted(address indexed by, uint256 count, string note)", "error TooMuch(uint256 given, uint256 most)"];
const recipient = addressOf("0x1111222233334444555566667777888899990000");

type CallConfig = z.output<typeof submitTransaction.schemas.config>;
type TransferConfig = z.output<typeof submitTransfer.schemas.config>;

const call: CallConfig = { network, from: sender, terms, abi: counterAbi };
const add = (by: bigint, note: string, value = 0n) =>
  ({ to: scene.at.Counter, value, data: counter.encodeFunctionData("add", [by, note]) as `0x${string}` }) as const;
const intend = (config: CallConfig, input: ReturnType<typeof add>) => runIntent(submitTransaction, { config, input, facts: scene.facts });

function transferOf(asset: PaymentContract | "native", amount: bigint): TransferConfig {
  const paid = asset === "native" ? ({ kind: "native" } as const) : ({ kind: "erc20", address: scene.at[asset] } as const);
  return { network, from: sender, asset: paid, line: 1, recipient, amount, terms, abi: ["error Blocked(address who)"] };
}
const intendTransfer = (config: TransferConfig) => runIntent(submitTransfer, { config, facts: scene.facts });

async function refusal(work: Promise<unknown>): Promise<MfmError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof MfmError, String(error));
  return error;
}

describe("a transaction before it is sent", () => {
  it("gets a gas limit from the estimate and the margin, and does as intended within it", async () => {
    const input = add(3n, "three");
    const intent = await intend(call, input);
    const settlement = await scene.settle(intent);
    assert.ok(intent.gas >= settlement.gasUsed && intent.gas < settlement.gasUsed * 2n, `${intent.gas} for ${settlement.gasUsed}`);
    const output = runConclusion(submitTransaction, { config: call, input, intent, settlement });
    assert.equal(output.fee, settlement.gasUsed * settlement.effectiveGasPrice);
    const [event, ...others] = output.events;
    assert.deepEqual([event?.address, event?.signature, others.length], [scene.at.Counter, "Counted(address,uint256,string)", 0]);
    assert.deepEqual(
      event?.arguments.map(({ value }) => value),
      [sender, "3", "three"],
    );
  });

  it("that would revert is refused with the contract's own error", async () => {
    const { code, message } = await refusal(intend(call, add(11n, "eleven")));
    assert.equal(code, "SIMULATION_REVERTED");
    assert.match(message, /TooMuch\(given = 11, most = 10\)/);
  });

  it("that would revert with a text or a panic is refused in words", async () => {
    assert.match((await refusal(intend(call, add(1n, "")))).message, /"a note is needed"/);
    const overflow = { to: scene.at.Counter, value: 0n, data: counter.encodeFunctionData("overflow") as `0x${string}` };
    assert.match((await refusal(intend(call, overflow))).message, /panic 0x11: arithmetic overflow/);
  });

  it("that needs more gas than its terms allow is refused with GAS_CAP_EXCEEDED", async () => {
    const tight = { ...call, terms: { ...terms, gas: { marginPercent: 100, cap: 21_000n } } };
    assert.equal((await refusal(intend(tight, add(1n, "one")))).code, "GAS_CAP_EXCEEDED");
  });

  it("that moves more than the account has is refused with FUNDS_INSUFFICIENT, which says what is missing", async () => {
    const balance = BigInt(await scene.node.rpc<string>("eth_getBalance", sender, "latest"));
    const { code, details } = await refusal(intend(call, add(1n, "one", balance + 5n)));
    assert.equal(code, "FUNDS_INSUFFICIENT");
    assert.equal(details["missing"], "5");
  });

  it("whose value leaves nothing for its gas is refused with FUNDS_INSUFFICIENT", async () => {
    const balance = BigInt(await scene.node.rpc<string>("eth_getBalance", sender, "latest"));
    assert.equal((await refusal(intendTransfer(transferOf("native", balance)))).code, "FUNDS_INSUFFICIENT");
  });

  it("that creates a contract is simulated as any", async () => {
    const input = { value: 0n, data: "0x600160005260206000f3" } as const;
    const intent = await runIntent(submitTransaction, { config: call, input, facts: scene.facts });
    const settlement = await scene.settle(intent);
    const { contractAddress } = runConclusion(submitTransaction, { config: call, input, intent, settlement });
    assert.equal((await scene.node.rpc<string>("eth_getCode", contractAddress, "latest")).length, 66);
  });
});

describe("a transaction that reverted", () => {
  it("is replayed on the state before its block, which says why", async () => {
    const { to, data } = add(1n, "");
    const hash = await scene.node.rpc<`0x${string}`>("eth_sendTransaction", { from: sender, to, data, gas: "0x30000" });
    const { block, gasUsed, effectiveGasPrice } = await scene.settlementOf(hash);
    const intended = { ...terms, network, from: sender, to, value: 0n, data, gas: 0x30000n } as const;
    const receipt = {
      transactionHash: hash,
      blockNumber: block.number,
      blockHash: block.hash,
      transactionIndex: 0,
      from: sender,
      to,
    } as const;
    const story = {
      intent: intended,
      agreed: [],
      candidates: [],
      happened: [],
      simulation: null,
      comparison: null,
      contradiction: null,
      vouchedBy: [],
      receipt: { ...receipt, status: "reverted" as const, gasUsed, effectiveGasPrice, logs: [] },
    };
    const place = { folder: "/", env: { MFM_RPC_EIP155_31337: scene.node.url }, configFile: undefined, storeUrl: undefined };
    assert.equal(await replayRevert(place, story, new AbortController().signal), '"a note is needed"');
  });
});

describe("a payment", () => {
  const paid: readonly (readonly [PaymentContract | "native", received: bigint])[] = [
    ["native", 100n],
    ["PlainToken", 100n],
    ["SilentToken", 100n],
    ["FeeToken", 90n],
  ];
  for (const [asset, received] of paid)
    it(`of ${asset} arrives, and says what was received`, async () => {
      const config = transferOf(asset, 100n);
      const intent = await intendTransfer(config);
      const output = runConclusion(submitTransfer, { config, intent, settlement: await scene.settle(intent) });
      assert.equal(output.received, received);
      const token = new Interface(["function balanceOf(address) returns (uint256)"]);
      const balance =
        asset === "native"
          ? await scene.node.rpc<string>("eth_getBalance", recipient, "latest")
          : await scene.node.rpc<string>(
              "eth_call",
              { to: scene.at[asset], data: token.encodeFunctionData("balanceOf", [recipient]) },
              "latest",
            );
      assert.equal(BigInt(balance), received);
    });

  const refused: readonly (readonly [what: string, asset: PaymentContract, code: string, words: RegExp])[] = [
    ["a token that answers false", "FalseToken", "TOKEN_REFUSED", /answer false/],
    ["a token that refuses", "BlockingToken", "SIMULATION_REVERTED", /Blocked\(who = 0x1111/],
    ["what is no token", "Counter", "TOKEN_REFUSED", /does not say what an account holds/],
  ];
  for (const [what, asset, code, words] of refused)
    it(`of ${what} is refused before it is sent`, async () => {
      const error = await refusal(intendTransfer(transferOf(asset, 1n)));
      assert.equal(error.code, code);
      assert.match(error.message, words);
    });

  it("of more of a token than the account holds is refused", async () => {
    const { code, details } = await refusal(intendTransfer(transferOf("PlainToken", 10_000n)));
    assert.equal(code, "FUNDS_INSUFFICIENT");
    assert.equal(details["token"], scene.at.PlainToken);
  });

  it("of a token at an address without code is refused", async () => {
    const config = { ...transferOf("PlainToken", 1n), asset: { kind: "erc20", address: recipient } as const };
    assert.equal((await refusal(intendTransfer(config))).code, "TOKEN_REFUSED");
  });

  it("that a token claims and does not log fails with TRANSFER_NOT_LOGGED", async () => {
    const config = transferOf("LyingToken", 1n);
    const intent = await intendTransfer(config);
    const settlement = await scene.settle(intent);
    assert.throws(
      () => runConclusion(submitTransfer, { config, intent, settlement }),
      (error) => error instanceof MfmError && error.code === "TRANSFER_NOT_LOGGED",
    );
  });
});
