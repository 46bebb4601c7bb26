import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { getAddress } from "viem/utils";
import { type ChainFacts, type Contract, type Model, attestationOf, modelChain, word } from "../../../test/evm/model-chain.ts";
import type { SourceFailed } from "../../capabilities/evm/failure.ts";
import { type Asked, runState } from "../../testing/run-state.ts";
import type { Hex } from "../evm/asking.ts";
import type { Pin } from "../evm/pinned.ts";
import type { Answer, Readings } from "./readings.ts";
import { scanBalances } from "./scan-balances.ts";

const pin: Pin = {
  kind: "pinned",
  network: "eip155:31337",
  block: { number: 100n, hash: `0x${"ab".repeat(32)}` },
  parentHash: `0x${"cd".repeat(32)}`,
  stateRoot: `0x${"ef".repeat(32)}`,
  timestamp: "2026-01-01T00:00:00.000Z",
  header: "recomputed",
  sources: 1,
};

const addressAt = (index: number): Hex => getAddress(`0x${word(BigInt(index), 20)}`);
const [ada, alan] = [addressAt(0xada), addressAt(0xa1a)];

const balanceOf = "0x70a08231";
const text = (value: string): Hex => {
  const bytes = Buffer.from(value).toString("hex");
  return `0x${word(32n)}${word(BigInt(bytes.length / 2))}${bytes.padEnd(Math.ceil(bytes.length / 64) * 64, "0")}`;
};

/** A token of which everybody holds as much. */
function holding(value: bigint, gas = 10_000): Contract {
  return (data) => {
    if (data.startsWith(balanceOf)) return { kind: "returns", data: `0x${word(value)}`, gas };
    if (data === "0x313ce567") return { kind: "returns", data: `0x${word(6n)}` };
    return { kind: "returns", data: text(data === "0x95d89b41" ? "TKN" : "Token") };
  };
}
const reverting: Contract = () => ({ kind: "reverts" });
const burning: Contract = () => ({ kind: "burns" });
const returning =
  (data: Hex): Contract =>
  () => ({ kind: "returns", data });

const capable: Omit<Model, "contracts"> = { pin, overrides: true, multicall: true, gas: 50_000_000, answerBytes: 500_000 };
const natives = new Map([[ada, 7n]]);

interface Setting {
  readonly contracts: readonly (Contract | undefined)[];
  readonly accounts?: readonly Hex[];
  readonly native?: boolean;
  readonly rule?: "pause" | "partial";
  readonly facts?: ChainFacts;
  readonly asked?: Asked[];
}

const tokenAt = (index: number): Hex => addressAt(0x70000 + index);

function scanPage(
  regime: Partial<Model>,
  { contracts, accounts = [ada], native = false, rule = "pause", facts, asked }: Setting,
): Promise<Readings> {
  const deployed = new Map(contracts.flatMap((contract, index) => (contract === undefined ? [] : [[tokenAt(index), contract] as const])));
  const chain = { ...modelChain({ ...capable, ...regime, natives, contracts: deployed }), ...facts };
  return runState(scanBalances, {
    config: { accounts: [...accounts], tokens: contracts.map((_, index) => ({ address: tokenAt(index) })), native, onSourceFailure: rule },
    input: { pin },
    facts: { chain },
    ...(asked === undefined ? {} : { asked }),
  });
}

const answersOf = ({ readings }: Readings): Answer[] => readings.map(({ answer }) => answer);
const regimes: readonly (readonly [string, Readings["via"], Partial<Model>])[] = [
  ["by the scanner", "scanner", {}],
  ["by the scanner with little gas", "scanner", { gas: 2_000_000 }],
  ["by the scanner with small answers", "scanner", { answerBytes: 600 }],
  ["by Multicall3", "multicall3", { overrides: false }],
  ["by Multicall3 with small answers", "multicall3", { overrides: false, answerBytes: 2000 }],
  ["one by one", "calls", { overrides: false, multicall: false }],
];

describe("scan-balances", () => {
  for (const [name, via, regime] of regimes) {
    it(`reads honest and hostile tokens ${name}, each as it is`, async () => {
      const contracts = [
        holding(5n),
        holding(0n),
        undefined,
        reverting,
        burning,
        returning("0x"),
        returning(`0x${"11".repeat(31)}`),
        returning(`0x${"22".repeat(64)}`),
        holding(2n ** 256n - 1n),
        holding(9n, 300_000),
        holding(1n),
      ];
      const found = await scanPage(regime, { contracts, native: true, accounts: [ada, alan] });
      assert.equal(found.via, via);
      const each: (Answer | undefined)[] = [
        { kind: "ok", value: 5n },
        undefined,
        { kind: "no_code" },
        { kind: "reverted", cause: "revert" },
        { kind: "reverted", cause: "out_of_gas" },
        { kind: "malformed", size: 0, head: "0x" },
        { kind: "malformed", size: 31, head: `0x${"11".repeat(31)}` },
        { kind: "malformed", size: 64, head: `0x${"22".repeat(32)}` },
        { kind: "ok", value: 2n ** 256n - 1n },
        { kind: "ok", value: 9n },
        { kind: "ok", value: 1n },
      ];
      const expected = each.flatMap((answer, at) =>
        answer === undefined ? [] : [ada, alan].map((account) => ({ account, asset: { kind: "erc20", address: tokenAt(at) }, answer })),
      );
      assert.deepEqual(found.readings, [{ account: ada, asset: { kind: "native" }, answer: { kind: "ok", value: 7n } }, ...expected]);
      assert.deepEqual(found.zero, [
        { account: ada, native: false, tokens: [tokenAt(1)] },
        { account: alan, native: true, tokens: [tokenAt(1)] },
      ]);
      assert.deepEqual(
        found.tokens.map(({ address }) => address),
        [0, 8, 9, 10].map(tokenAt),
      );
      assert.deepEqual(found.tokens[0], {
        address: tokenAt(0),
        decimals: { kind: "ok", decimals: 6 },
        symbol: { kind: "ok", text: "TKN", form: "string", cut: false },
        name: { kind: "ok", text: "Token", form: "string", cut: false },
      });
    });
  }

  it("says the same in every regime, whatever the tokens do", async () => {
    const contract = fc.oneof(
      fc.tuple(fc.bigInt(0n, 3n), fc.constantFrom(5000, 30_000, 400_000)).map(([value, gas]) => holding(value, gas)),
      fc.constantFrom(undefined, reverting, burning),
      fc.uint8Array({ maxLength: 70 }).map((bytes) => returning(`0x${Buffer.from(bytes).toString("hex")}`)),
    );
    const some = fc.array(contract, { maxLength: 12 });
    const room = fc.record({ gas: fc.integer({ min: 700_000, max: 9_000_000 }), answerBytes: fc.integer({ min: 300, max: 3000 }) });
    await fc.assert(
      fc.asyncProperty(some, room, async (contracts, { gas, answerBytes }) => {
        const setting = { contracts, native: true, accounts: [ada, alan] };
        const { via: _, attested: __, ...plain } = await scanPage({ overrides: false, multicall: false }, setting);
        for (const regime of [{}, { gas, answerBytes }, { overrides: false }, { overrides: false, gas: gas * 3, answerBytes }]) {
          const { via: ___, attested: ____, ...found } = await scanPage(regime, setting);
          assert.deepEqual(found, plain);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is attested by the scanner and by Multicall3, not by plain calls", async () => {
    const attested = async (regime: Partial<Model>): Promise<boolean> => (await scanPage(regime, { contracts: [holding(1n)] })).attested;
    assert.deepEqual(
      [await attested({}), await attested({ overrides: false }), await attested({ overrides: false, multicall: false })],
      [true, true, false],
    );
  });

  it("asks a thousand plain balances in one call, and what the held tokens say in another", async () => {
    const asked: Asked[] = [];
    const contracts = Array.from({ length: 1000 }, (_, index) => holding(index === 500 ? 3n : 0n));
    const found = await scanPage({}, { contracts, asked });
    assert.deepEqual(answersOf(found), [{ kind: "ok", value: 3n }]);
    assert.equal(asked.length, 2);
  });

  it("reads two hundred tokens whatever five gas burners among them do", async () => {
    const asked: Asked[] = [];
    const contracts = Array.from({ length: 200 }, (_, index) => (index % 40 === 0 ? burning : holding(1n)));
    const found = await scanPage({ gas: 30_000_000 }, { contracts, asked });
    const kinds = answersOf(found).map(({ kind }) => kind);
    assert.deepEqual([kinds.filter((kind) => kind === "ok").length, kinds.filter((kind) => kind === "reverted").length], [195, 5]);
    assert.equal(asked.length, 3, "balances, the burners again, what the tokens say");
  });

  it("goes on where the call stopped for want of gas, and asks nothing twice", async () => {
    const asked: Asked[] = [];
    const contracts = Array.from({ length: 50 }, () => holding(2n, 100_000));
    const found = await scanPage({ gas: 2_500_000 }, { contracts, asked });
    assert.equal(answersOf(found).length, 50);
    const sizes = asked.map(({ request }) => (request as { data: Hex }).data.length);
    assert.ok(sizes.length <= 8, `${sizes.length} calls`);
  });

  it("a page without tokens and natives asks nothing", async () => {
    assert.deepEqual(await scanPage({}, { contracts: [] }), {
      network: pin.network,
      attested: false,
      via: "none",
      readings: [],
      zero: [],
      tokens: [],
    });
  });

  it("looks at a token and an account once, however often they are named", async () => {
    const output = await runState(scanBalances, {
      config: {
        accounts: [ada, ada],
        tokens: [{ address: tokenAt(0) }, { address: tokenAt(0), symbol: "A" }],
        native: false,
        onSourceFailure: "pause",
      },
      input: { pin },
      facts: { chain: modelChain({ ...capable, contracts: new Map([[tokenAt(0), holding(4n)]]) }) },
    });
    assert.deepEqual(answersOf(output), [{ kind: "ok", value: 4n }]);
  });
});

describe("scan-balances: what goes wrong outside", () => {
  const failed: SourceFailed = { kind: "source_failed", failures: [{ source: "primary", reason: "timeout" }] };
  const lost = { kind: "block_lost" } as const;
  const questions = ["call", "balance", "code"] as const;
  const setting: Setting = { contracts: [holding(1n), returning("0x")], native: true };
  const singly = { overrides: false, multicall: false };

  it("a lost pin ends it for good, whatever was asked", async () => {
    for (const question of questions)
      await assert.rejects(scanPage(singly, { ...setting, facts: { [question]: () => lost } }), { code: "PIN_LOST" }, question);
    for (const regime of [{}, { overrides: false }]) {
      const facts = {
        call: ({ code }: { code?: Hex | undefined }) =>
          code === undefined || regime.overrides === undefined ? lost : { kind: "no_overrides" as const },
      };
      await assert.rejects(scanPage(regime, { ...setting, facts, rule: "partial" }), { code: "PIN_LOST" });
    }
  });

  it("a failing source pauses, whatever was asked", async () => {
    for (const question of questions)
      await assert.rejects(scanPage(singly, { ...setting, facts: { [question]: () => failed } }), { code: "SOURCE_FAILED" }, question);
    await assert.rejects(scanPage({}, { ...setting, facts: { call: () => failed } }), {
      code: "SOURCE_FAILED",
      message: "eip155:31337: no source gave an answer: primary: timeout",
    });
  });

  it("or leaves holes that say so, and nothing else", async () => {
    const all = await scanPage({}, { ...setting, rule: "partial", facts: { call: () => failed } });
    assert.deepEqual(answersOf(all), [failed, failed, failed]);
    assert.deepEqual([all.via, all.attested, all.zero, all.tokens], ["none", false, [], []]);
    const some = await scanPage(singly, { ...setting, rule: "partial", facts: { balance: () => failed } });
    assert.deepEqual(answersOf(some), [failed, { kind: "ok", value: 1n }, { kind: "malformed", size: 0, head: "0x" }]);
  });

  it("a network without a pin has no reading but its sources' failures", async () => {
    const config = { accounts: [ada], tokens: [{ address: tokenAt(0) }], native: true, onSourceFailure: "partial" as const };
    const output = await runState(scanBalances, { config, input: { pin: { ...failed, network: pin.network } }, facts: {} });
    assert.deepEqual(answersOf(output), [failed, failed]);
    assert.equal(output.via, "none");
    const pausing = runState(scanBalances, {
      config: { ...config, onSourceFailure: "pause" },
      input: { pin: { ...failed, network: pin.network } },
      facts: {},
    });
    await assert.rejects(pausing, { code: "SOURCE_FAILED" });
  });

  const others: readonly (readonly [string, Partial<Pin>])[] = [
    ["number", { block: { ...pin.block, number: 101n } }],
    ["time", { timestamp: "2026-01-01T00:00:12.000Z" }],
    ["chain", { network: "eip155:1" }],
    ["parent", { parentHash: `0x${"99".repeat(32)}` }],
  ];
  for (const [name, change] of others) {
    it(`never uses a number of a block of another ${name}`, async () => {
      for (const overrides of [true, false]) {
        const elsewhere = modelChain({
          ...capable,
          overrides,
          pin: { ...pin, ...change },
          contracts: new Map([[tokenAt(0), holding(1n)]]),
        });
        const output = await scanPage({}, { contracts: [holding(1n)], facts: elsewhere, rule: "partial" });
        assert.deepEqual(answersOf(output), [{ kind: "source_failed", failures: [{ source: "unnamed", reason: "wrong_block" }] }]);
        await assert.rejects(scanPage({}, { contracts: [holding(1n)], facts: elsewhere }), { code: "SOURCE_FAILED" });
      }
    });
  }

  it("takes a scanner that answers nonsense for none", async () => {
    for (const nonsense of ["0x", "0x01", `0x01${attestationOf(pin)}`, `0x01${attestationOf(pin)}0000`] as Hex[]) {
      const model = modelChain({ ...capable, contracts: new Map([[tokenAt(0), holding(8n)]]) });
      const call: Exclude<ChainFacts["call"], undefined | readonly unknown[]> = (request) =>
        request.code === undefined && typeof model.call === "function" ? model.call(request) : { kind: "ok", data: nonsense };
      const output = await scanPage({}, { contracts: [holding(8n)], facts: { ...model, call } });
      assert.deepEqual([output.via, ...answersOf(output)], ["multicall3", { kind: "ok", value: 8n }]);
    }
  });
});
