/** What several ask of a provider in one turn: it is asked once, where it is a question, and each of them has the answer. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { type Anvil, startAnvil } from "../../../test/evm/anvil.ts";
import { machine, providerAt } from "../../../test/evm/asking.ts";
import { type FaultServer, startFaultServer } from "../../../test/evm/fault-server.ts";
import type { HttpProvider } from "./http-provider.ts";
import { RpcFailure } from "./provider.ts";

const never = new AbortController().signal;

let node: Anvil;
let server: FaultServer;
let provider: HttpProvider;

const ask = (method: string, params: readonly unknown[], signal = never): Promise<unknown> => provider.request(method, params, signal);
const sizes = (): number[] => server.requests.map(({ length }) => length);

describe("httpProvider: what several ask", () => {
  before(async () => {
    node = await startAnvil();
    server = await startFaultServer(node.url);
  });
  beforeEach(() => {
    provider = providerAt(server.url, machine);
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

  it("asks equal questions of one turn once, others beside them, and the same again later", async () => {
    const [first, second, code] = await Promise.all([ask("eth_blockNumber", []), ask("eth_blockNumber", []), ask("eth_chainId", [])]);
    assert.deepEqual([first, second, code], ["0x0", "0x0", "0x7a69"]);
    assert.deepEqual(sizes(), [2]);
    await node.rpc("anvil_mine", "0x1");
    assert.equal(await ask("eth_blockNumber", []), "0x1");
    assert.deepEqual(sizes(), [2, 1]);
  });

  it("never takes two acts for one", async () => {
    await Promise.all([ask("evm_mine", []), ask("evm_mine", [])]);
    assert.equal(server.calls.get("evm_mine"), 2);
  });

  it("goes on for those who still wait when one is gone, and not when all are", async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const kept = ask("eth_blockNumber", [], one.signal);
    const left = assert.rejects(ask("eth_blockNumber", [], other.signal), /gone/);
    other.abort(new Error("gone"));
    await left;
    assert.match(String(await kept), /^0x/);
    const gone = assert.rejects(ask("eth_blockNumber", [], one.signal), /gone too/);
    one.abort(new Error("gone too"));
    await gone;
    assert.match(String(await ask("eth_blockNumber", [])), /^0x/);
    assert.deepEqual(sizes(), [1, 1]);
  });

  it("fails for all of them alike", async () => {
    server.misbehave({ answer: async () => ({ error: { code: -32_000, message: "no" } }) });
    const asked = await Promise.allSettled([ask("eth_blockNumber", []), ask("eth_blockNumber", [])]);
    for (const answer of asked) assert.ok(answer.status === "rejected" && answer.reason instanceof RpcFailure);
    assert.deepEqual(sizes(), [1]);
  });
});
