import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { getAddress } from "viem/utils";
import type { ChainFacts } from "../../../test/evm/model-chain.ts";
import { type ModelAccount, type ModelState, modelState } from "../../../test/evm/model-state.ts";
import { pin as somePin } from "../../../test/evm/pin.ts";
import type { SourceFailed } from "../../capabilities/evm/failure.ts";
import { type Asked, runState } from "../../testing/run-state.ts";
import type { Hex } from "../evm/asking.ts";
import type { Pin } from "../evm/pinned.ts";
import { type Layout, slotOf } from "./balance-slots.ts";
import { proveBalances } from "./prove-balances.ts";
import type { Reading } from "./readings.ts";

const addressAt = (index: number): Hex => getAddress(`0x${index.toString(16).padStart(40, "0")}`);
const [ada, alan, grace] = [addressAt(0xada), addressAt(0xa1a), addressAt(0x9ace)];
const [solidity, vyper, far, rebasing] = [addressAt(0x701), addressAt(0x702), addressAt(0x703), addressAt(0x704)];
const layouts = new Map<Hex, Layout>([
  [solidity, { order: "key_first", position: 3n }],
  [vyper, { order: "position_first", position: 5n }],
  [far, { order: "key_first", position: 700n }],
]);
/** Where the tokens keep the balance of an account; somewhere underivable for any other token. */
function placeOf(token: Hex, account: Hex): Hex {
  const layout = layouts.get(token);
  return layout === undefined ? `0x${"07".repeat(32)}` : slotOf(layout, account);
}

const native = (account: Hex, value: bigint): Reading => ({ account, asset: { kind: "native" }, answer: { kind: "ok", value } });
const held = (address: Hex, account: Hex, value: bigint): Reading => ({
  account,
  asset: { kind: "erc20", address },
  answer: { kind: "ok", value },
});
const proofFor = ({ account, asset }: Reading) => ({ account, asset });

let state: ModelState;
let pin: Pin;
/** What a node answers. */
let facts: ChainFacts;

/** The account at the end of `balanceOf`'s calldata. */
const accountIn = (data: Hex): Hex => getAddress(`0x${data.slice(-40)}`);

before(async () => {
  const accounts = new Map<Hex, ModelAccount>([
    [ada, { balance: 10n, storage: new Map() }],
    [alan, { balance: 20n, storage: new Map() }],
    [rebasing, { balance: 0n, storage: new Map([[placeOf(rebasing, ada), 5n]]) }],
  ]);
  for (const token of layouts.keys()) {
    const storage = [ada, alan, grace].map((account, at) => [placeOf(token, account), BigInt(at + 1)] as const);
    accounts.set(token, { balance: 0n, storage: new Map(storage) });
  }
  state = await modelState(accounts);
  pin = { ...somePin, stateRoot: state.stateRoot };
  facts = {
    proof: ({ account, slots }) => state.prove(account, slots),
    accessList: ({ to, data }) => {
      const elsewhere: { address: Hex; slots: Hex[] } = { address: rebasing, slots: [`0x${"08".repeat(32)}`] };
      return { kind: "ok", accessed: [{ address: to, slots: [`0x${"09".repeat(32)}`, placeOf(to, accountIn(data))] }, elsewhere] };
    },
  };
});

interface Setting {
  readonly at?: Partial<Pin>;
  readonly facts?: ChainFacts;
  readonly rule?: "pause" | "partial";
  readonly asked?: Asked[];
}

async function prove(
  readings: readonly Reading[],
  { at = {}, facts: changed = {}, rule = "pause", asked }: Setting = {},
): Promise<unknown> {
  const page = { network: pin.network, attested: true, via: "scanner" as const, readings: [...readings], zero: [], tokens: [] };
  const { network, proven } = await runState(proveBalances, {
    config: { onSourceFailure: rule },
    input: { pin: { ...pin, ...at }, readings: page },
    facts: { chain: { ...facts, ...changed } },
    ...(asked === undefined ? {} : { asked }),
  });
  assert.equal(network, pin.network);
  return proven;
}

describe("prove-balances", () => {
  it("proves native balances, and those of tokens however they keep them", async () => {
    const all = [
      native(ada, 10n),
      native(alan, 20n),
      ...[solidity, vyper, far].flatMap((token) => [held(token, ada, 1n), held(token, alan, 2n), held(token, grace, 3n)]),
    ];
    const asked: Asked[] = [];
    assert.deepEqual(await prove(all, { asked }), all.map(proofFor));
    assert.equal(asked.length, 2 + 3 * 2, "a proof for each account, a look and a proof for each token");
  });

  it("lists nothing that is not borne out", async () => {
    const values = [held(solidity, ada, 2n), held(solidity, alan, 2n), held(rebasing, ada, 5n), held(vyper, addressAt(1), 1n)];
    assert.deepEqual(await prove(values), [proofFor(held(solidity, alan, 2n))]);
    const answers: Reading[] = [
      { account: ada, asset: { kind: "native" }, answer: { kind: "not_attempted" } },
      { account: ada, asset: { kind: "erc20", address: solidity }, answer: { kind: "reverted", cause: "revert" } },
    ];
    const asked: Asked[] = [];
    assert.deepEqual(await prove(answers, { asked }), []);
    assert.deepEqual(asked, []);
  });

  it("tries the usual places where a node cannot say which slots a call touches", async () => {
    const blind = { accessList: () => ({ kind: "unsupported" }) as const };
    const asked: Asked[] = [];
    const all = [solidity, vyper, far].flatMap((token) => [held(token, ada, 1n), held(token, alan, 2n), held(token, grace, 3n)]);
    const found = await prove(all, { facts: blind, asked });
    assert.deepEqual(found, all.slice(0, 6).map(proofFor), "position 700 is not among them");
    const proofs = asked.filter(({ method, request }) => method === "proof" && (request as { account: Hex }).account === solidity);
    assert.deepEqual(
      proofs.map(({ request }) => (request as { slots: Hex[] }).slots.length),
      [33, 2],
      "the first holder shows the place, the others are asked for there",
    );
  });

  it("proves nothing against a header that was not recomputed, nor without a pin", async () => {
    const asked: Asked[] = [];
    assert.deepEqual(await prove([native(ada, 10n)], { at: { header: "reported" }, asked }), []);
    assert.deepEqual(asked, []);
    const page = { network: pin.network, attested: false, via: "none" as const, readings: [], zero: [], tokens: [] };
    const unpinned = { kind: "source_failed" as const, network: pin.network, failures: [] };
    const output = await runState(proveBalances, { config: { onSourceFailure: "pause" }, input: { pin: unpinned, readings: page } });
    assert.deepEqual(output, { network: pin.network, proven: [] });
  });

  it("stops asking where the sources cannot prove", async () => {
    const asked: Asked[] = [];
    const many = Array.from({ length: 100 }, (_, index) => native(addressAt(1 + index), 1n));
    assert.deepEqual(await prove(many, { facts: { proof: () => ({ kind: "unsupported" }) }, asked }), []);
    assert.equal(asked.length, 32);
    assert.deepEqual(await prove([held(solidity, ada, 1n)], { facts: { proof: () => ({ kind: "unsupported" }) } }), []);
  });

  it("says that a balance was read falsely where the proof of it shows another", async () => {
    for (const rule of ["pause", "partial"] as const) {
      await assert.rejects(prove([native(ada, 11n)], { rule }), {
        code: "BALANCE_REFUTED",
        details: { network: pin.network, account: ada, read: "11", proven: "10" },
      });
    }
  });
});

describe("prove-balances: what goes wrong outside", () => {
  const readings = [native(ada, 10n), held(solidity, ada, 1n)];
  const failed: SourceFailed = { kind: "source_failed", failures: [{ source: "primary", reason: "timeout" }] };

  it("a proof that does not verify pauses, or proves nothing", async () => {
    const lying: ChainFacts["proof"] = async ({ account, slots }) => ({ ...(await state.prove(account, slots)), balance: 1_000_000n });
    await assert.rejects(prove(readings, { facts: { proof: lying } }), {
      code: "SOURCE_FAILED",
      details: { network: pin.network, failures: [{ source: "unnamed", reason: "bad_proof" }] },
    });
    assert.deepEqual(await prove(readings, { facts: { proof: lying }, rule: "partial" }), []);
  });

  it("a proof of other slots than were asked for proves nothing", async () => {
    const other: ChainFacts["proof"] = ({ account }) => state.prove(account, [placeOf(solidity, alan)]);
    await assert.rejects(prove([held(solidity, ada, 2n)], { facts: { proof: other } }), { code: "SOURCE_FAILED" });
  });

  for (const question of ["proof", "accessList"] as const) {
    it(`a failing source or a lost pin at ${question} ends it, or leaves it unproven`, async () => {
      await assert.rejects(prove(readings, { facts: { [question]: () => failed } }), { code: "SOURCE_FAILED" });
      await assert.rejects(prove(readings, { facts: { [question]: () => ({ kind: "block_lost" }) }, rule: "partial" }), {
        code: "PIN_LOST",
      });
      const rest = question === "proof" ? [] : [proofFor(native(ada, 10n))];
      assert.deepEqual(await prove(readings, { facts: { [question]: () => failed }, rule: "partial" }), rest);
    });
  }
});
