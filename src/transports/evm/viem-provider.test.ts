/** A viem client, and anything with the `request` of EIP-1193, as a provider. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { createPublicClient, custom, http } from "viem";
import { type Anvil, startAnvil } from "../../../test/evm/anvil.ts";
import { asking } from "../../../test/evm/asking.ts";
import { type FaultServer, faults, type Misbehaviour, startFaultServer } from "../../../test/evm/fault-server.ts";
import { RpcFailure } from "./provider.ts";
import { viemProvider } from "./viem-provider.ts";

const never = new AbortController().signal;
const account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

describe("viemProvider", () => {
  let node: Anvil;
  let server: FaultServer;
  const client = (timeout = 10_000) => createPublicClient({ transport: http(server.url, { retryCount: 0, timeout }) });

  before(async () => {
    node = await startAnvil();
    server = await startFaultServer(node.url);
  });
  afterEach(() => server.misbehave());
  after(async () => {
    await server.stop();
    await node.stop();
  });

  it("reads through a public client of viem", async () => {
    const { chain, answeredBy } = asking([viemProvider(client(), { ref: "mine" })]);
    const network = "eip155:31337";
    const pin = await chain.block({ network, block: { kind: "tag", tag: "latest" } });
    assert.equal(pin.kind, "ok");
    const at = { number: pin.header.number, hash: pin.hash };
    assert.deepEqual(await chain.balance({ network, at, account }), { kind: "ok", balance: 10_000n * 10n ** 18n });
    assert.deepEqual(await chain.call({ network, at, to: account, data: "0x", code: "0x60ff60005260206000fd" }), {
      kind: "reverted",
      data: `0x${"ff".padStart(64, "0")}`,
    });
    assert.deepEqual([...new Set(answeredBy)], ["mine"]);
  });

  const failures: readonly (readonly [name: string, way: Misbehaviour, reason: string])[] = [
    ["a method that is not there", faults.refuses({ code: -32601, message: "Method not found" }), "unsupported"],
    ["a block that is not there", faults.refuses({ code: -32000, message: "header not found" }), "no_block"],
    ["a limit of JSON-RPC", faults.refuses({ code: -32005, message: "limit exceeded" }), "rate_limited"],
    ["429", faults.status(429, { "retry-after": "7" }), "rate_limited"],
    ["503", faults.status(503), "unavailable"],
    ["401", faults.status(401), "unauthorized"],
    ["no answer", faults.hangs, "timeout"],
    ["a broken connection", faults.drops, "unreachable"],
  ];
  for (const [name, way, reason] of failures) {
    it(`tells ${name}: ${reason}`, async () => {
      server.misbehave(way);
      await assert.rejects(
        viemProvider(client(way === faults.hangs ? 100 : undefined), { ref: "mine" }).request("eth_chainId", [], never),
        (error) => error instanceof RpcFailure && error.reason === reason && error.retryAfterMs === (name === "429" ? 7000 : undefined),
      );
    });
  }

  it("tells what a wallet's provider says, through viem and without it", async () => {
    const wallet = {
      async request(): Promise<never> {
        throw Object.assign(new Error("execution reverted"), { code: 3, data: "0x1234" });
      },
    };
    for (const one of [wallet, createPublicClient({ transport: custom(wallet, { retryCount: 0 }) })]) {
      await assert.rejects(viemProvider(one, { ref: "mine" }).request("eth_call", [], never), (error) => {
        assert.ok(error instanceof RpcFailure);
        assert.deepEqual([error.reason, error.code, error.fault], ["refused", 3, { kind: "reverted", data: "0x1234" }]);
        return true;
      });
    }
  });

  it("gives up on a client that never answers, and stops waiting with its caller", async () => {
    const silent = { request: () => new Promise<never>(() => undefined) };
    const provider = viemProvider(silent, { ref: "mine", timeoutMs: 20 });
    await assert.rejects(provider.request("eth_chainId", [], never), (error) => error instanceof RpcFailure && error.reason === "timeout");
    const stop = new AbortController();
    const asked = provider.request("eth_chainId", [], stop.signal);
    stop.abort(new Error("stopped"));
    await assert.rejects(asked, /stopped/);
    await assert.rejects(provider.request("eth_chainId", [], AbortSignal.abort(new Error("late"))), /late/);
  });

  it("takes anything else that is thrown for a refusal", async () => {
    for (const thrown of ["text", undefined, new Error("boom")]) {
      const client = {
        async request(): Promise<never> {
          // oxlint-disable-next-line only-throw-error -- what other people's code may do
          throw thrown;
        },
      };
      await assert.rejects(viemProvider(client, { ref: "mine" }).request("eth_chainId", [], never), (error) => {
        assert.ok(error instanceof RpcFailure);
        assert.equal(error.reason, "refused");
        return true;
      });
    }
  });
});
