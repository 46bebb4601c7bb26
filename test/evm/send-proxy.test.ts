/** The proxy at which sending goes wrong: what the client hears, and what the chain has. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Hex, keccak256 } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type Anvil, startAnvil } from "./anvil.ts";
import type { RpcAnswer } from "./forward.ts";
import { atSend, atTransaction, type SendFault, type SendProxy, startSendProxy } from "./send-proxy.ts";

/** Anvil's first account. */
const sender = privateKeyToAccount("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const to = "0x000000000000000000000000000000000000dEaD";

let node: Anvil;
let proxy: SendProxy;
let nonce = 0;
before(async () => {
  node = await startAnvil();
  proxy = await startSendProxy(node.url);
});
beforeEach(async () => {
  proxy.onSend(() => ({ fault: "accept" }));
  proxy.forget();
  nonce = await minedCount();
});
after(async () => {
  await proxy.stop();
  await node.stop();
});

const minedCount = async (): Promise<number> => Number(await node.rpc<string>("eth_getTransactionCount", sender.address, "latest"));

/** Signed transactions with the next nonces. */
function sign(count: number): Promise<Hex[]> {
  const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      sender.signTransaction({ chainId: 31337, type: "eip1559", nonce: nonce + index, to, value: 1n, gas: 21_000n, ...fees }),
    ),
  );
}

const sendCall = (raw: Hex, id = 1) => ({ jsonrpc: "2.0", id, method: "eth_sendRawTransaction", params: [raw] });

/** The answer, the HTTP status that is none, or that the connection ended. */
type Heard = RpcAnswer | number | "ended";

async function post(body: unknown, signal: AbortSignal | null = null): Promise<Heard> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(proxy.url, { method: "POST", headers, body: JSON.stringify(body), signal }).catch(() => undefined);
  if (answer === undefined) return "ended";
  return answer.ok ? ((await answer.json()) as RpcAnswer) : answer.status;
}

async function untilReceipt(hash: Hex): Promise<void> {
  while ((await node.rpc("eth_getTransactionReceipt", hash)) === null);
}

describe("send proxy", () => {
  const heard: readonly (readonly [fault: SendFault, says: (answer: Heard, hash: Hex) => boolean, mined: number])[] = [
    ["accept", (answer, hash) => typeof answer === "object" && answer.result === hash, 1],
    ["refuse", (answer) => typeof answer === "object" && answer.error?.code === -32000, 0],
    ["drop", (answer) => answer === "ended", 0],
    ["closeAfter", (answer) => answer === "ended", 1],
    ["errorAfter", (answer) => answer === 502, 1],
    ["dropFromPool", (answer, hash) => typeof answer === "object" && answer.result === hash, 0],
  ];
  for (const [fault, says, mined] of heard) {
    it(`${fault}: the client hears so, and the chain has ${mined} of it; sent again, it is there once`, async () => {
      const [raw = "0x"] = await sign(1);
      const hash = keccak256(raw);
      proxy.onSend(atSend(1, { fault }));
      const answer = await post(sendCall(raw));
      assert.ok(says(answer, hash), JSON.stringify(answer));
      if (mined > 0) await untilReceipt(hash);
      assert.equal(await node.rpc("eth_getTransactionByHash", hash).then((found) => found !== null), mined > 0);
      assert.equal(await minedCount(), nonce + mined);
      await post(sendCall(raw));
      await untilReceipt(hash);
      assert.equal(await minedCount(), nonce + 1);
      assert.deepEqual(
        proxy.sends.map((send) => [send.number, send.fault, send.hash, send.answer === null]),
        [
          [1, fault, hash, fault === "refuse" || fault === "drop"],
          [2, "accept", hash, false],
        ],
      );
    });
  }

  for (const [fault, mined] of [
    ["answersNothing", 0],
    ["timeoutAfter", 1],
  ] as const) {
    it(`${fault}: the client waits while others are served, and the chain has ${mined} of it`, async () => {
      const [raw = "0x"] = await sign(1);
      const patience = new AbortController();
      let waiting = Promise.resolve<Heard>("ended");
      await new Promise<void>((reached) => {
        proxy.onSend(atSend(1, { fault, [mined === 0 ? "before" : "after"]: () => reached() }));
        waiting = post(sendCall(raw), patience.signal);
      });
      if (mined > 0) await untilReceipt(keccak256(raw));
      await post({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
      assert.equal(await Promise.race([waiting, Promise.resolve("still waiting")]), "still waiting");
      assert.equal(await minedCount(), nonce + mined);
      patience.abort();
      assert.equal(await waiting, "ended");
    });
  }

  it("counts sends inside batches, keeps their order, and spares the calls beside the one that is refused", async () => {
    const raws = await sign(3);
    proxy.onSend(atSend(3, { fault: "refuse" }));
    const chainId = { jsonrpc: "2.0", id: 9, method: "eth_chainId", params: [] };
    const answers = (await post([...raws.map((raw, index) => sendCall(raw, index)), chainId])) as unknown as RpcAnswer[];
    assert.deepEqual(
      answers.map(({ id, error }) => [id, error === undefined]),
      [
        [0, true],
        [1, true],
        [2, false],
        [9, true],
      ],
    );
    await untilReceipt(keccak256(raws[1] ?? "0x"));
    assert.equal(await minedCount(), nonce + 2);
  });

  it("a fault of the connection is one of the whole batch", async () => {
    const raws = await sign(2);
    proxy.onSend(atSend(2, { fault: "drop" }));
    assert.equal(await post(raws.map(sendCall)), "ended");
    assert.equal(await minedCount(), nonce);
    proxy.onSend(atSend(4, { fault: "errorAfter" }));
    assert.equal(await post(raws.map(sendCall)), 502);
    await untilReceipt(keccak256(raws[1] ?? "0x"));
  });

  for (const [when, mined] of [
    ["before", 0],
    ["after", 1],
  ] as const) {
    it(`a process is killed exactly ${when} the node gets its transaction`, async () => {
      const [raw = "0x"] = await sign(1);
      const program = `await fetch(${JSON.stringify(proxy.url)}, { method: "POST", body: ${JSON.stringify(JSON.stringify(sendCall(raw)))} })`;
      const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "ignore" });
      const ended = once(child, "exit");
      const kill = async (): Promise<void> => {
        child.kill("SIGKILL");
        await ended;
      };
      proxy.onSend(atSend(1, { fault: when === "before" ? "drop" : "closeAfter", [when]: kill }));
      assert.deepEqual(await ended, [null, "SIGKILL"]);
      if (mined > 0) await untilReceipt(keccak256(raw));
      assert.equal(await minedCount(), nonce + mined);
    });
  }

  it("a transaction is found by its own number, however often others are sent again", async () => {
    const [first = "0x", second = "0x"] = await sign(2);
    proxy.onSend(atTransaction(2, { fault: "drop" }));
    for (const raw of [first, first, second, second]) await post(sendCall(raw));
    assert.deepEqual(
      proxy.sends.map(({ fault }) => fault),
      ["accept", "accept", "drop", "accept"],
    );
    await untilReceipt(keccak256(second));
  });

  it("what goes wrong in a plan is thrown when it stops", async () => {
    const body = JSON.stringify(sendCall((await sign(1))[0] ?? "0x"));
    const other = await startSendProxy(node.url);
    other.onSend(() => ({ fault: "accept", before: () => Promise.reject(new Error("no such process")) }));
    await assert.rejects(fetch(other.url, { method: "POST", body }));
    await assert.rejects(other.stop(), /no such process/);
    assert.equal(await minedCount(), nonce);
  });
});
