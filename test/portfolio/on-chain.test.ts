/** Snapshots of a real chain: every number as an independent client reads it, hostile tokens in rows of their own, proofs, prices. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { MfmError } from "../../src/kernel/errors.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { verifyBundle } from "../../src/kernel/verify/bundle.ts";
import { verifyHistory } from "../../src/kernel/verify/verify.ts";
import { type DevChain, startDevChain } from "../../src/testing/index.ts";
import { bundleOf } from "../kernel/tamper.ts";
import { forged } from "./forge.ts";
import {
  type Holding,
  type SnapshotOutput,
  type Succeeded,
  holdingOf,
  network,
  offline,
  providerOf,
  reading,
  requestOf,
  taken,
} from "./stage.ts";

const run = promisify(execFile);
const castBinary = createRequire(import.meta.url).resolve("@foundry-rs/cast-linux-amd64/bin/cast");

describe("a snapshot of a real chain", () => {
  let chain: DevChain;
  before(async () => {
    chain = await startDevChain();
  });
  after(() => chain.stop());

  /** What foundry's cast reads, at one block. */
  async function cast(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(castBinary, [...args, "--rpc-url", chain.url]);
    return stdout.trim();
  }

  it("has every number as cast reads it at that block, zeros included", async () => {
    const other = chain.accounts[4] ?? "";
    const { output } = await taken(
      reading(providerOf(chain.url)),
      requestOf(chain, { accounts: [{ address: chain.holder }, { address: other, label: "other" }] }),
    );
    const pin = output.report.networks[0];
    assert.ok(pin?.kind === "pinned");
    const block = pin.block.number.toString();
    assert.equal(await cast("block", block, "--field", "hash"), pin.block.hash);
    const rows = output.pages.flatMap(({ holdings }) => holdings);
    const zeros = output.pages.flatMap(({ zero }) => zero);
    for (const account of [chain.holder, other]) {
      const native = rows.find((row) => row.account === account && row.asset.kind === "native");
      assert.deepEqual(native?.answer, { kind: "ok", value: BigInt(await cast("balance", account, "--block", block)) });
      for (const { address, symbol, decimals, name } of chain.tokens) {
        const [balance = ""] = (await cast("call", address, "balanceOf(address)(uint256)", account, "--block", block)).split(" ");
        const row = rows.find((found) => found.account === account && found.asset.kind === "erc20" && found.asset.address === address);
        const isZero = zeros.some((zero) => zero.account === account && zero.tokens.includes(address as `0x${string}`));
        assert.equal(isZero, balance === "0", symbol);
        if (isZero) continue;
        assert.deepEqual(row?.answer, { kind: "ok", value: BigInt(balance) });
        assert.deepEqual([row.symbol, row.name, row.decimals, row.remarks], [symbol, name, decimals, []]);
        assert.deepEqual(row.evidence, { sources: 1, attested: true, proven: false });
      }
    }
    assert.equal(output.report.complete, true);
    assert.equal(pin.answered, 2 * (1 + chain.tokens.length));
  });

  it("gives the same bytes again at the same block, and another answer at another", async () => {
    const backend = reading(providerOf(chain.url));
    const first = await taken(backend, requestOf(chain));
    const pin = first.output.report.networks[0];
    assert.ok(pin?.kind === "pinned");
    const again = [
      await taken(reading(providerOf(chain.url, "another-name")), requestOf(chain)),
      await taken(backend, requestOf(chain, { network: { block: { kind: "hash", hash: pin.block.hash } } })),
      await taken(backend, requestOf(chain, { network: { block: { kind: "number", number: pin.block.number } } })),
    ];
    for (const { digest } of again) assert.equal(digest, first.digest);
    await chain.rpc("anvil_mine", ["0x3"]);
    assert.notEqual((await taken(backend, requestOf(chain))).digest, first.digest);
  });

  it("counts two sources that agree on the pin", async () => {
    const { output } = await taken(reading(providerOf(chain.url), providerOf(chain.url, "second")), requestOf(chain));
    assert.equal(holdingOf(output, chain.tokens[0]?.address ?? "").evidence.sources, 2);
  });

  it("makes a row of every hostile token, and leaves the others right", async () => {
    const odd = Object.entries(chain.oddTokens);
    const tokens = [...chain.tokens, ...odd.map(([, address]) => ({ address }))];
    const listed = { address: chain.oddTokens.MaxBalanceToken, symbol: "MAX", decimals: 18 };
    const { output } = await taken(
      reading(providerOf(chain.url)),
      requestOf(chain, {
        network: {
          tokens: tokens.map((token) =>
            "symbol" in token
              ? { address: token.address, symbol: token.symbol, decimals: token.decimals }
              : token.address === listed.address
                ? listed
                : { address: token.address },
          ),
        },
      }),
    );
    assert.equal(output.report.complete, true);
    for (const { address, held, symbol } of chain.tokens)
      if (held > 0n) assert.deepEqual(holdingOf(output, address).answer, { kind: "ok", value: held }, symbol);
    const row = (name: keyof DevChain["oddTokens"]): Holding => holdingOf(output, chain.oddTokens[name]);
    assert.deepEqual(row("RevertingToken").answer, { kind: "reverted", cause: "revert" });
    assert.deepEqual(row("GasBurnerToken").answer, { kind: "reverted", cause: "out_of_gas" });
    assert.deepEqual(row("EmptyReturnToken").answer, { kind: "malformed", size: 0, head: "0x" });
    assert.equal(row("ShortReturnToken").answer.kind, "malformed");
    assert.equal(row("HugeReturnToken").answer.kind, "malformed");
    assert.deepEqual(row("HugeRevertToken").answer, { kind: "reverted", cause: "revert" });
    assert.equal(row("CostlyProxyToken").answer.kind, "ok");
    const max = row("MaxBalanceToken");
    assert.deepEqual([max.answer, max.values], [{ kind: "ok", value: 2n ** 256n - 1n }, []]);
    assert.ok(max.remarks.includes("implausible_amount"));
    const remarks: readonly (readonly [keyof DevChain["oddTokens"], Holding["remarks"][number]])[] = [
      ["Decimals77Token", "decimals_unusable"],
      ["HugeDecimalsToken", "decimals_unusable"],
      ["ControlCharactersToken", "symbol_suspicious"],
      ["HomoglyphToken", "symbol_suspicious"],
      ["UrlSymbolToken", "symbol_suspicious"],
    ];
    for (const [name, remark] of remarks) assert.ok(row(name).remarks.includes(remark) && row(name).remarks.includes("unlisted"), name);
    assert.equal(row("Bytes32SymbolToken").answer.kind, "ok");
    assert.match(row("Bytes32SymbolToken").symbol ?? "", /^[A-Z0-9]+$/);
    // It says zero where it is given too little gas: that must never be believed.
    assert.equal(row("StarvingToken").answer.kind, "ok");
  });

  it("names an address without a contract, and a list that lies", async () => {
    const [dollar] = chain.tokens;
    assert.ok(dollar !== undefined);
    const nobody = "0x00000000000000000000000000000000000000ab";
    const tokens = [
      { address: dollar.address, symbol: dollar.symbol, decimals: 18 },
      { address: nobody, symbol: "NONE", decimals: 18 },
    ];
    const { output } = await taken(reading(providerOf(chain.url)), requestOf(chain, { network: { tokens } }));
    const lied = holdingOf(output, dollar.address);
    assert.deepEqual([lied.decimals, lied.remarks, lied.values], [6, ["decimals_differ_from_list"], []]);
    const found = output.pages[0]?.holdings.find(({ answer }) => answer.kind === "no_code");
    assert.equal(found?.asset.kind === "erc20" && found.asset.address.toLowerCase(), nobody.toLowerCase());
  });

  it("values by fixed prices and by feeds at the pinned block, and says what it could not value", async () => {
    const feed = chain.feeds.find(({ pair }) => pair === "ETH / USD");
    assert.ok(feed !== undefined);
    const maxAgeSeconds = 86_400;
    const { output } = await taken(
      reading(providerOf(chain.url)),
      requestOf(chain, {
        prices: [
          { quote: "USD", symbol: "ETH", from: { kind: "feed", network, address: feed.address, maxAgeSeconds } },
          { quote: "USD", symbol: "DUSD", from: { kind: "fixed", unitPrice: "1" } },
          { quote: "USD", symbol: "DBTC", from: { kind: "feed", network, address: chain.holder, maxAgeSeconds } },
        ],
      }),
    );
    assert.deepEqual(output.report.prices, [
      { kind: "ok", quote: "USD", symbol: "ETH", unitPrice: "2500" },
      { kind: "ok", quote: "USD", symbol: "DUSD", unitPrice: "1" },
      { kind: "unusable", quote: "USD", symbol: "DBTC", why: "no_code" },
    ]);
    const native = output.pages[0]?.holdings.find(({ asset }) => asset.kind === "native");
    assert.ok(native?.answer.kind === "ok");
    // In whole numbers of 10^-18 dollars: 2,500 an ether, and the dollars have six decimals.
    const expected = native.answer.value * 2500n + 1_234_560_000n * 10n ** 12n;
    const [whole = "", fraction = ""] = (output.report.totals[0]?.value ?? "").split(".");
    assert.equal(BigInt(whole + fraction.padEnd(18, "0")), expected);
    const unvalued = output.report.unvalued.map(({ asset }) => (asset.kind === "erc20" ? asset.address : "native"));
    assert.deepEqual(
      unvalued,
      chain.tokens.filter(({ symbol, held }) => symbol !== "DUSD" && held > 0n).map(({ address }) => address),
    );
  });

  describe("with proofs", () => {
    let proven: Succeeded;
    before(async () => {
      proven = await taken(reading(providerOf(chain.url)), requestOf(chain, { prove: true }));
    });

    it("proves native balances and those of every layout that can be derived", () => {
      for (const row of proven.output.pages.flatMap(({ holdings }) => holdings))
        assert.equal(row.evidence.proven, true, JSON.stringify(row.asset));
    });

    it("verifies with nobody to ask, from the history and from a bundle", async () => {
      const report = await verifyHistory(proven.history, offline);
      assert.equal(report.result, "verified");
      assert.equal((await verifyBundle(bundleOf(proven.history), offline)).head.digest, report.head.digest);
      assert.equal((await verifyBundle(bundleOf(proven.history), new Registry())).result, "consistent");
    });

    /** The scanner's answer with one digit of a balance changed. */
    const altering = (value: bigint) => (fact: string) => {
      const written = value.toString(16);
      const found = written.length % 2 === 0 ? written : `0${written}`;
      return fact.includes('"method":"call"') && fact.includes(found) ? fact.replace(found, found.replace(/^(..)/, "01")) : undefined;
    };
    const native = 10_000n * 10n ** 18n;

    it("refuses a history whose proven native balance was altered and wholly re-hashed, where the proof was checked", async () => {
      const history = await forged(proven.history, offline, { alter: altering(native) });
      assert.notEqual(history.events.at(-1)?.digest, proven.history.events.at(-1)?.digest);
      await assert.rejects(verifyHistory(history, offline), (error) => {
        assert.ok(error instanceof MfmError && error.code === "HISTORY_INVALID", String(error));
        assert.match(JSON.stringify(error.details), /prove\/|BALANCE_REFUTED/);
        return true;
      });
    });

    it("refuses one whose ERC-20 balance was altered and still claims to be proven", async () => {
      const [dollar] = chain.tokens;
      const forgery = { alter: altering(dollar?.held ?? 0n), keeps: (step: string) => step.startsWith("prove/") };
      await assert.rejects(verifyHistory(await forged(proven.history, offline, forgery), offline), (error) => {
        assert.ok(error instanceof MfmError && error.code === "HISTORY_INVALID", String(error));
        assert.match(error.message, /computes another output/);
        return true;
      });
    });

    it("takes `proven` from an ERC-20 balance that was altered and wholly re-hashed; the head that was noted refuses it", async () => {
      const [dollar] = chain.tokens;
      assert.ok(dollar !== undefined);
      const history = await forged(proven.history, offline, { alter: altering(dollar.held) });
      const last = history.events.at(-1)?.event;
      assert.ok(last?.type === "RunSucceeded");
      const output = JSON.parse(history.artifacts.get(last.data.output.digest) ?? "") as SnapshotOutput;
      const row = output.pages
        .flatMap(({ holdings }) => holdings)
        .find(({ asset }) => asset.kind === "erc20" && asset.address === dollar.address);
      assert.deepEqual([row?.answer.kind, row?.evidence.proven], ["ok", false]);
      const head = proven.history.events.at(-1)?.digest ?? assert.fail("no head");
      await assert.rejects(verifyBundle(bundleOf(history), offline, { head }), (error) => {
        assert.ok(error instanceof MfmError && error.code === "HEAD_MISMATCH", String(error));
        return true;
      });
    });
  });
});
