/** How a question is put to sources that fail: the rounds, the waits between them, the rests, and when it is given up. In virtual time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { asking } from "../../../test/evm/asking.ts";
import { VirtualClock } from "../../testing/virtual-clock.ts";
import type { FailureReason } from "../../capabilities/evm/failure.ts";
import { type Provider, RpcFailure } from "./provider.ts";

const network = "eip155:5";

/** Answers its chain, or fails as it is told; notes when it was asked. */
function scripted(ref: string, clock: VirtualClock) {
  const start = clock.now();
  const asked: number[] = [];
  const script: { failure: RpcFailure | "hangs" | undefined } = { failure: undefined };
  const provider: Provider = {
    ref,
    request(_method, _params, signal) {
      asked.push(clock.now() - start);
      const { failure } = script;
      if (failure === undefined) return Promise.resolve("0x5");
      if (failure !== "hangs") return Promise.reject(failure);
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    },
  };
  return { provider, asked, script };
}

/** The answer, and how long it took in virtual milliseconds. */
async function timed<T>(clock: VirtualClock, question: Promise<T>): Promise<readonly [T, number]> {
  const start = clock.now();
  let answer: { readonly value: T; readonly at: number } | undefined;
  const noted = question.then((value) => (answer = { value, at: clock.now() }));
  await clock.run(() => answer !== undefined, start + 100_000);
  const { value, at } = await noted;
  return [value, at - start];
}

async function pass(clock: VirtualClock, milliseconds: number): Promise<void> {
  let isOver = false;
  clock.timer(milliseconds, () => (isOver = true));
  await clock.run(() => isOver, clock.now() + milliseconds);
}

const setUp = (...refs: readonly string[]) => {
  const clock = new VirtualClock();
  const sources = refs.map((ref) => scripted(ref, clock));
  const providers = sources.map(({ provider }) => provider);
  return { clock, sources, chain: asking(providers, { clock, random: () => 0.5, patienceMs: 30_000 }).chain };
};

const failing = (reason: FailureReason, retryAfterMs?: number): RpcFailure => new RpcFailure(reason, reason, { retryAfterMs });

describe("a question that nobody answers", () => {
  it("is put again with growing waits, within its patience", async () => {
    const { clock, sources, chain } = setUp("a");
    for (const { script } of sources) script.failure = failing("unavailable");
    const [answer, took] = await timed(clock, chain.chainId({ network }));
    assert.deepEqual(answer, { kind: "source_failed", failures: [{ source: "a", reason: "unavailable" }] });
    const rounds = [...new Set(sources[0]?.asked)];
    const waits = rounds.slice(1).map((at, index) => at - (rounds[index] ?? 0));
    assert.deepEqual(waits, [188, 375, 750, 1500, 3000, 3750, 3750, 3750, 3750, 3750, 3750]);
    assert.ok(took <= 30_000);
  });

  it("is given up soon where nobody is there at all", async () => {
    const { clock, sources, chain } = setUp("a", "b");
    for (const { script } of sources) script.failure = failing("unreachable");
    const [answer, took] = await timed(clock, chain.chainId({ network }));
    assert.deepEqual(answer.kind, "source_failed");
    assert.equal(took, 188 + 375 + 750 + 1500);
  });

  it("is given up at once where waiting cannot help", async () => {
    for (const reason of ["wrong_chain", "unauthorized", "unsupported", "too_large"] as const) {
      const { clock, sources, chain } = setUp("a");
      for (const { script } of sources) script.failure = failing(reason);
      const [answer, took] = await timed(clock, chain.chainId({ network }));
      assert.deepEqual([answer, took], [{ kind: "source_failed", failures: [{ source: "a", reason }] }, 0]);
    }
  });

  it("is given up at once where every source asks for more time than is left", async () => {
    const { clock, sources, chain } = setUp("a", "b");
    for (const { script } of sources) script.failure = failing("rate_limited", 40_000);
    const [answer, took] = await timed(clock, chain.chainId({ network }));
    assert.deepEqual([answer.kind, took], ["source_failed", 0]);
  });

  it("waits as long as the first source asks for that asks for the least", async () => {
    const { clock, sources, chain } = setUp("a", "b");
    const [a, b] = sources;
    assert.ok(a !== undefined && b !== undefined);
    a.script.failure = failing("rate_limited", 20_000);
    b.script.failure = failing("rate_limited", 7000);
    clock.timer(7000, () => (b.script.failure = undefined));
    const [answer, took] = await timed(clock, chain.chainId({ network }));
    assert.deepEqual([answer.kind, took], ["ok", 7000]);
  });

  it("ends with its patience, whatever hangs, and names each source's last reason", async () => {
    const { clock, sources, chain } = setUp("a", "b", "c");
    const [a, b] = sources;
    assert.ok(a !== undefined && b !== undefined);
    a.script.failure = failing("unreachable");
    b.script.failure = "hangs";
    const [answer, took] = await timed(clock, chain.chainId({ network }));
    const failures = [
      { source: "a", reason: "unreachable" },
      { source: "b", reason: "timeout" },
      { source: "c", reason: "timeout" },
    ];
    assert.deepEqual([answer, took], [{ kind: "source_failed", failures }, 30_000]);
  });
});

describe("a source that failed", () => {
  it("rests while another one answers, and is tried by one question when its rest is over", async () => {
    const { clock, sources, chain } = setUp("a", "b");
    const [a, b] = sources;
    assert.ok(a !== undefined && b !== undefined);
    const askFour = () => timed(clock, Promise.all([0, 1, 2, 3].map(() => chain.chainId({ network }))));
    await askFour();
    a.asked.length = 0;
    a.script.failure = failing("unreachable");
    await askFour();
    assert.equal(a.asked.length, 4);
    await askFour();
    assert.equal(a.asked.length, 4);
    // Its rest is 750 ms, then 1500.
    await pass(clock, 750);
    await askFour();
    assert.equal(a.asked.length, 5);
    await pass(clock, 750);
    await askFour();
    assert.equal(a.asked.length, 5);
    await pass(clock, 750);
    a.script.failure = undefined;
    await askFour();
    await askFour();
    assert.equal(a.asked.length, 5 + 1 + 4);
    assert.ok(b.asked.length > 0);
  });

  it("is asked nevertheless when the others cannot answer", async () => {
    const { clock, sources, chain } = setUp("a", "b");
    const [a, b] = sources;
    assert.ok(a !== undefined && b !== undefined);
    a.script.failure = failing("unreachable");
    await timed(clock, chain.chainId({ network }));
    [a.script.failure, b.script.failure] = [undefined, failing("unsupported")];
    const [answer, took] = await timed(clock, chain.chainId({ network }));
    assert.deepEqual([answer.kind, took], ["ok", 0]);
  });
});

describe("the providers of a network", () => {
  it("are asked for once, and again after that failed", async () => {
    const clock = new VirtualClock();
    const { provider } = scripted("a", clock);
    let asked = 0;
    const sourcesOf = async (): Promise<readonly Provider[]> => {
      if (asked++ === 0) throw new Error("no configuration");
      return [provider];
    };
    const { chain } = asking([], { clock, sourcesOf });
    await assert.rejects(chain.chainId({ network }), /no configuration/);
    await Promise.all([chain.chainId({ network }), chain.chainId({ network })]);
    assert.equal(asked, 2);
  });
});
