/** Transactions simulated one after the other: on a real node that takes no creations there, and as other nodes answer. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createdAddress } from "../../src/capabilities/evm/created-address.ts";
import type { HttpProvider } from "../../src/transports/evm/http-provider.ts";
import type { Network } from "../../src/transports/evm/network.ts";
import { Networks } from "../../src/transports/evm/networks.ts";
import { type Sequence, simulateSequence } from "../../src/transports/evm/simulate-sequence.ts";
import { type Anvil, startAnvil } from "./anvil.ts";
import { machine, providerAt } from "./asking.ts";
import { type FaultServer, faults, startFaultServer } from "./fault-server.ts";

const from = "0x52908400098527886E0F7030069857D2E4169EE7";
/** Its constructor keeps who created it, and who sent the transaction; called, it answers with the first. */
const keeper = "0x3360005532600155600b6014600039600b6000f360005460005260206000f3";
const reverting = "0x60ff60005260206000fd";
const word = (digits: string): string => `0x${digits.toLowerCase().padStart(64, "0")}`;

describe("transactions that are simulated one after the other", () => {
  let node: Anvil;
  let server: FaultServer;
  let provider: HttpProvider;
  let network: Network;
  let at: Sequence["at"];
  before(async () => {
    node = await startAnvil();
    server = await startFaultServer(node.url);
    provider = providerAt(server.url);
    network = await new Networks({ ...machine, patienceMs: 2000, sourcesOf: async () => [provider] }).get("eip155:31337");
    const head = await node.rpc<{ readonly number: string; readonly hash: `0x${string}` }>("eth_getBlockByNumber", "latest", false);
    at = { number: BigInt(head.number), hash: head.hash };
  });
  after(async () => {
    await provider.close();
    await server.stop();
    await node.stop();
  });

  const simulate = (...transactions: Sequence["transactions"]) =>
    simulateSequence(network, { at, from, transactions }, new AbortController().signal);
  const call = (nonce: number, to: `0x${string}`) => ({ nonce, to, value: 0n, data: "0x" as const });
  const creation = (nonce: number, data: `0x${string}`) => ({ nonce, value: 0n, data });

  it("see what those before them made, at the address that it would have, from the account itself; nothing is changed", async () => {
    const [one, two] = [createdAddress(from, 1), createdAddress(from, 3)];
    const answer = await simulate(creation(1, keeper), creation(2, reverting), creation(3, keeper), call(4, one), call(5, two));
    assert.ok(answer.kind === "ok");
    const [, refused, , first, second] = answer.outcomes;
    assert.deepEqual(refused, { kind: "reverted", data: word("ff") });
    for (const outcome of [first, second]) assert.equal(outcome?.kind === "done" && outcome.returned, word(from.slice(2)));
    assert.equal(await node.rpc("eth_getCode", one, "latest"), "0x");
  });

  it("tell what the sender has more and less of tokens, also of one whose creation it is", async () => {
    const event = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
    // Transfer(0, its creator, 5)
    const minting = `0x60056000523360007f${event}60206000a300` as const;
    const answer = await simulate(creation(1, minting), creation(2, keeper));
    assert.ok(answer.kind === "ok");
    const token = createdAddress(from, 1);
    assert.deepEqual(
      answer.outcomes.map((outcome) => outcome.kind === "done" && outcome.moved),
      [[{ token, received: 5n, spent: 0n }], []],
    );
    // The stand-in of a node that takes no creations has no nonce before the first: it is not tried.
    server.forget();
    assert.deepEqual(await simulate(creation(0, minting)), { kind: "refused" });
    assert.equal(server.calls.get("eth_simulateV1"), 1);
  });

  it("are read as nodes answer that take creations: most gas, reasons, and gas that ran out", async () => {
    const done = { status: "0x1", returnData: "0x01", gasUsed: "0x5208", maxUsedGas: "0x6000", logs: [] };
    const failed = (error: object) => ({ status: "0x0", returnData: "0x", gasUsed: "0x5208", logs: [], error });
    const reverted = failed({ code: 3, message: "execution reverted: no", data: "0x08c379a0" });
    const result = [done, reverted, failed({ code: -32015, message: "out of gas" })].map((one) => ({ calls: [one] }));
    server.misbehave(faults.nonsense(result, "eth_simulateV1"));
    const answer = await simulate(creation(1, keeper), call(2, from), call(3, from));
    server.misbehave();
    assert.deepEqual(answer, {
      kind: "ok",
      outcomes: [
        { kind: "done", returned: "0x01", gas: 0x6000n, moved: [] },
        { kind: "reverted", data: "0x08c379a0" },
        { kind: "out_of_gas" },
      ],
    });
  });

  it("are not simulated where no source can, or will, or the block is gone: that is no answer about them", async () => {
    const kindWith = async (error: { readonly code: number; readonly message: string }): Promise<string> => {
      server.misbehave(faults.refuses(error, "eth_simulateV1"));
      const { kind } = await simulate(call(1, from));
      server.misbehave();
      return kind;
    };
    assert.equal(await kindWith({ code: -32601, message: "the method does not exist/is not available" }), "unsupported");
    assert.equal(await kindWith({ code: -38014, message: "insufficient funds for transfer" }), "refused");
    assert.equal(await kindWith({ code: -32602, message: "invalid argument 0" }), "refused");
    at = { ...at, hash: `0x${"11".repeat(32)}` };
    assert.equal((await simulate(call(1, from))).kind, "block_lost");
  });
});
