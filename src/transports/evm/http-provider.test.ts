/** A provider over HTTP, against a server on loopback: batches, limits, and what becomes of a request that has no answer. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { type Anvil, startAnvil } from "../../../test/evm/anvil.ts";
import { machine, providerAt } from "../../../test/evm/asking.ts";
import { type FaultServer, faults, type Misbehaviour, startFaultServer } from "../../../test/evm/fault-server.ts";
import { LeapClock } from "../../../test/evm/leap-clock.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { HttpProvider, HttpProviderOptions } from "./http-provider.ts";
import { RpcFailure } from "./provider.ts";

const never = new AbortController().signal;

let node: Anvil;
let server: FaultServer;
let provider: HttpProvider;
let clock: LeapClock;

/** The provider of this test, made anew. */
async function use(options: Partial<HttpProviderOptions>): Promise<void> {
  await provider.close();
  provider = providerAt(server.url, { clock, ...options });
}

const block = (number: number): Promise<unknown> => provider.request("eth_getBlockByNumber", [`0x${number.toString(16)}`, false], never);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Asks for so many blocks at once; each answer is of the block that was asked for. */
async function askForBlocks(count: number): Promise<void> {
  const found = await Promise.all(numbers(count).map(block));
  assert.deepEqual(
    found.map((entry) => Number((entry as { readonly number: string }).number)),
    numbers(count),
  );
}

const sizes = (): number[] => server.requests.map(({ length }) => length);

function failsWith(reason: string, asked: Promise<unknown>, check: (failure: RpcFailure) => void = () => undefined): Promise<void> {
  return assert.rejects(asked, (error) => {
    assert.ok(error instanceof RpcFailure, inspect(error));
    assert.equal(error.reason, reason);
    check(error);
    return true;
  });
}

describe("httpProvider", () => {
  before(async () => {
    node = await startAnvil();
    await node.rpc("anvil_mine", "0x80");
    server = await startFaultServer(node.url);
  });
  beforeEach(() => {
    clock = new LeapClock();
    provider = providerAt(server.url, { clock });
  });
  afterEach(async () => {
    server.misbehave();
    server.forget();
    await provider.close();
  });
  after(async () => {
    await server.stop();
    await node.stop();
  });

  it("sends one call alone, and those of one turn together", async () => {
    await askForBlocks(1);
    await askForBlocks(30);
    assert.deepEqual(sizes(), [1, 30]);
  });

  it("keeps its connections open", async () => {
    const sockets = new Set<unknown>();
    server.misbehave({
      http(response) {
        sockets.add(response.socket);
        return false;
      },
    });
    for (let index = 0; index < 5; index++) await askForBlocks(1);
    assert.equal(sockets.size, 1);
  });

  it("stays within its limits of calls, bytes and requests in flight", async () => {
    await use({ batchItems: 10 });
    await askForBlocks(25);
    assert.deepEqual(sizes(), [10, 10, 5]);
    server.forget();
    await use({ batchBytes: 300 });
    await askForBlocks(10);
    assert.ok(server.requests.every((calls) => JSON.stringify(calls).length <= 300));
    server.forget();
    let [inFlight, most] = [0, 0];
    const held: (() => void)[] = [];
    server.misbehave({
      async answer() {
        most = Math.max(most, ++inFlight);
        const release = new Promise<void>((resolve) => void held.push(resolve));
        if (held.length === 3) for (const go of held.splice(0)) setImmediate(go);
        await release;
        inFlight--;
        return undefined;
      },
    });
    await use({ batchItems: 1, concurrency: 3 });
    await askForBlocks(12);
    assert.deepEqual([most, server.requests.length], [3, 12]);
  });

  const refusals: readonly (readonly [name: string, way: Misbehaviour])[] = [
    ["in words", faults.batchesOf(8)],
    ["in other words", faults.batchesOf(8, -32005, "Batched requests are not supported by this server")],
    ["with anvil's words", faults.batchesOf(8, -32600, "Invalid request")],
    ["with 413", { http: (response, calls) => calls.length > 8 && faults.status(413).http(response, calls) }],
    ["with 400", { http: (response, calls) => calls.length > 8 && faults.status(400).http(response, calls) }],
  ];
  for (const [name, way] of refusals) {
    it(`makes batches smaller for good when they are refused ${name}`, async () => {
      server.misbehave(way);
      await askForBlocks(30);
      server.forget();
      await askForBlocks(30);
      assert.deepEqual(sizes(), [8, 8, 8, 6]);
    });
  }

  it("sends what only this answer makes too large again in parts, without making other batches smaller", async () => {
    await use({ maxAnswerBytes: 20_000 });
    await askForBlocks(30);
    assert.ok(sizes().length > 1);
    server.forget();
    const nobody = (number: number): string => `0x${String(1000 + number).padStart(40, "1")}`;
    const counts = await Promise.all(
      numbers(30).map((number) => provider.request("eth_getTransactionCount", [nobody(number), "latest"], never)),
    );
    assert.deepEqual([...new Set(counts), ...sizes()], ["0x0", 30]);
  });

  it("gives each call its own answer when they come in another order", async () => {
    server.misbehave(faults.reverses);
    await askForBlocks(20);
  });

  it("asks again, alone, for what a batch left out or answered twice", async () => {
    server.misbehave(faults.loses);
    await askForBlocks(5);
    assert.deepEqual(sizes(), [5, 1, 1]);
    server.forget();
    server.misbehave({ batch: (answers) => (answers.length > 1 ? [...answers, ...answers.slice(0, 1)] : answers) });
    await askForBlocks(3);
    assert.deepEqual(sizes(), [3, 1]);
  });

  it("does not take an answer to something else for its own", async () => {
    server.misbehave({ batch: (answers) => answers.map((answer) => ({ result: answer.result, id: 7777 })) });
    await failsWith("malformed", block(1));
  });

  it("fails alone where one call of a batch fails", async () => {
    const [good, missing] = await Promise.allSettled([block(1), provider.request("eth_nothing", [], never)]);
    assert.equal(good.status, "fulfilled");
    assert.ok(missing.status === "rejected" && missing.reason instanceof RpcFailure && missing.reason.reason === "unsupported");
    assert.equal(missing.reason.code, -32601);
  });

  it("reads answers that come packed, and none larger than its limit, packed or not", async () => {
    server.misbehave(faults.gzips);
    await askForBlocks(3);
    await use({ maxAnswerBytes: 1_000_000 });
    server.misbehave({
      body(_text, response) {
        response.setHeader("content-encoding", "gzip");
        return gzipSync(Buffer.alloc(50_000_000));
      },
    });
    await failsWith("too_large", block(1));
    server.misbehave(faults.endless);
    await failsWith("too_large", block(1));
    await use({ maxAnswerBytes: 100 });
    server.misbehave();
    await failsWith("too_large", block(1));
  });

  it("leaves the server alone for as long as Retry-After says, and refuses meanwhile", async () => {
    server.misbehave(faults.atFirst(1, faults.status(429, { "retry-after": "90" })));
    await failsWith("rate_limited", block(1), ({ retryAfterMs }) => assert.equal(retryAfterMs, 90_000));
    await failsWith("rate_limited", block(1), ({ retryAfterMs }) => assert.equal(retryAfterMs, 90_000));
    clock.leap(60_000);
    await failsWith("rate_limited", block(1), ({ retryAfterMs }) => assert.equal(retryAfterMs, 30_000));
    assert.equal(server.requests.length, 1);
    clock.leap(30_000);
    await askForBlocks(1);
  });

  it("leaves the server alone for a growing while where it does not say for how long", async () => {
    await use({ random: () => 0 });
    server.misbehave(faults.status(503));
    const pauses: (number | undefined)[] = [];
    for (let index = 0; index < 8; index++) {
      await failsWith("unavailable", block(1));
      await failsWith("unavailable", block(1), ({ retryAfterMs }) => pauses.push(retryAfterMs));
      clock.leap(pauses.at(-1) ?? 0);
    }
    assert.deepEqual(pauses, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    server.misbehave();
    await askForBlocks(1);
  });

  const failures: readonly (readonly [name: string, reason: string, way: Misbehaviour])[] = [
    ["an end in the middle", "unreachable", faults.truncates],
    ["an end before the start", "unreachable", faults.drops],
    ["no JSON", "malformed", faults.garbage],
    ["JSON that is no answer", "malformed", { body: () => '"yes"' }],
    ["an answer without result", "malformed", { batch: (answers) => answers.map(({ id }) => ({ id })) }],
    ["an unknown packing", "malformed", packedAs("br")],
    ["a broken packing", "malformed", packedAs("gzip")],
    ["a redirect, which is not followed", "refused", faults.status(308, { location: "/elsewhere" })],
    ["401", "unauthorized", faults.status(401)],
    ["403", "unauthorized", faults.status(403)],
    ["404", "refused", faults.status(404)],
    ["408", "timeout", faults.status(408)],
    ["413", "too_large", faults.status(413)],
    ["502", "unavailable", faults.status(502)],
  ];
  for (const [name, reason, way] of failures) {
    it(`fails with ${reason} after ${name}`, async () => {
      server.misbehave(way);
      await failsWith(reason, block(1));
    });
  }

  it("takes an error of JSON-RPC over the status that it comes with", async () => {
    const text = JSON.stringify({ jsonrpc: "2.0", id: 1, error: { code: 3, message: "execution reverted", data: "0x12" } });
    server.misbehave({ http: (response) => response.writeHead(400).end(text) === response });
    await failsWith("refused", block(1), ({ fault }) => assert.deepEqual(fault, { kind: "reverted", data: "0x12" }));
  });

  it("gives up after its time limit, and the request with it", async () => {
    await use({ timeoutMs: 30, clock: machine.clock });
    let ended: Promise<void> | undefined;
    server.misbehave({
      http(response) {
        ended = new Promise((resolve) => void response.once("close", resolve));
        return true;
      },
    });
    await failsWith("timeout", block(1));
    await ended;
  });

  it("ends a request when nobody waits for it any more, and not before", async () => {
    const stops = [new AbortController(), new AbortController()];
    let ended: Promise<void> | undefined;
    const arrived = new Promise<void>((resolve) =>
      server.misbehave({
        http(response) {
          ended = new Promise((close) => void response.once("close", close));
          resolve();
          return true;
        },
      }),
    );
    const asked = stops.map(({ signal }) => provider.request("eth_chainId", [], signal));
    await arrived;
    stops[0]?.abort(new Error("first"));
    await assert.rejects(asked[0] ?? Promise.resolve(), /first/);
    stops[1]?.abort(new Error("second"));
    await assert.rejects(asked[1] ?? Promise.resolve(), /second/);
    await ended;
  });

  it("refuses a call whose signal is aborted already, and sends nothing", async () => {
    await assert.rejects(provider.request("eth_chainId", [], AbortSignal.abort(new Error("late"))), /late/);
    await askForBlocks(1);
    assert.deepEqual(sizes(), [1]);
  });

  it("refuses a URL that is none of http or https, without repeating it", () => {
    for (const url of ["", "secret", "ws://secret", "file:///secret", "http://"]) {
      assert.throws(
        () => providerAt(url),
        (error) => error instanceof MfmError && error.code === "CONFIG_INVALID" && !inspect(error).includes("secret"),
      );
    }
  });
});

/** Says that its answer is packed in a way in which it is not. */
function packedAs(encoding: string): Misbehaviour {
  return {
    body(text, response) {
      response.setHeader("content-encoding", encoding);
      return text;
    },
  };
}
