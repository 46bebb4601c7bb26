import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { type Contract, type Model, modelChain, word } from "../../../test/evm/model-chain.ts";
import { pin } from "../../../test/evm/pin.ts";
import {
  ada,
  alan,
  answersOf,
  balanceOf,
  burning,
  capable,
  hiding,
  holding,
  returning,
  reverting,
  scanPage,
  text,
  tokenAt,
} from "../../../test/evm/scan-page.ts";
import { type Asked, runState } from "../../testing/run-state.ts";
import type { Hex } from "../evm/asking.ts";
import type { Answer, Readings } from "./readings.ts";
import { scanBalances } from "./scan-balances.ts";

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
        hiding(900_000),
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
        { kind: "ok", value: 6n },
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
        [0, 8, 9, 10, 11].map(tokenAt),
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
      fc.constantFrom(undefined, reverting, burning, hiding(400_000)),
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
      { numRuns: 25 },
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

  it("asks and says the same in whatever order answers come", async () => {
    const kinds = [holding(1n), burning, hiding(400_000), reverting, holding(0n), undefined];
    const contracts = Array.from({ length: 2500 }, (_, index) => kinds[index % kinds.length]);
    const regime = { gas: 20_000_000 };
    const [inOrder, lastFirst]: [Asked[], Asked[]] = [[], []];
    const found = await scanPage(regime, { contracts, asked: inOrder });
    const waiting: (() => void)[] = [];
    const release = (): void => {
      for (const resolve of waiting.splice(0).toReversed()) resolve();
    };
    const late = async (): Promise<void> => {
      if (waiting.length === 0) setImmediate(release);
      await new Promise<void>((resolve) => waiting.push(resolve));
    };
    assert.deepEqual(await scanPage(regime, { contracts, asked: lastFirst, beforeAnswer: late }), found);
    assert.deepEqual(lastFirst, inOrder);
    assert.ok(inOrder.length > 10);
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

describe("scan-balances: how large it gets", () => {
  it("a page of 400 tokens that say all they can fits into a value", async () => {
    const boasting: Contract = (data) => {
      if (data.startsWith(balanceOf)) return { kind: "returns", data: `0x${word(2n ** 256n - 1n)}` };
      return { kind: "returns", data: data === "0x313ce567" ? `0x${word(2n ** 256n - 1n)}` : text("\u0001".repeat(5000)) };
    };
    const found = await scanPage({}, { contracts: Array.from({ length: 400 }, () => boasting) });
    assert.equal(found.tokens.length, 400);
    assert.ok(found.tokens.every(({ name }) => name.kind === "ok" && name.cut));
  });
});
