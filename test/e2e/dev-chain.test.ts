/** `mfm dev chain`: says what is there, answers, and leaves nothing behind. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { type Document, Home, member, text } from "./mfm.ts";

async function ask(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return ((await response.json()) as { readonly result: unknown }).result;
}

describe("mfm dev chain", () => {
  const home = new Home();
  after(() => home.remove());

  it("prints what is on it and how to take a snapshot, writes its token list, and ends with Ctrl-C", async () => {
    const running = home.start(["dev", "chain", "--chain-id", "4242", "--token-list-out", "tokens.json"]);
    const [, holder = "", url = ""] = await running.says(
      "out",
      /^mfm portfolio snapshot (0x\w{40}) --rpc (http:\/\/127\.0\.0\.1:\d+) --chain-id 4242 --token-list tokens\.json$/m,
    );
    const list = JSON.parse(home.read("tokens.json")) as { readonly tokens: readonly { readonly [name: string]: unknown }[] };
    assert.equal(list.tokens.length, 8);
    for (const { chainId, address } of list.tokens) {
      assert.equal(chainId, 4242);
      assert.match(running.out, new RegExp(String(address)));
      assert.notEqual(await ask(url, "eth_getCode", [address, "finalized"]), "0x");
    }
    assert.match(String(await ask(url, "eth_getBalance", [holder, "finalized"])), /^0x[1-9a-f]/);
    running.child.kill("SIGINT");
    assert.equal((await running.ended).code, 130);
    await assert.rejects(ask(url, "eth_chainId", []));
  });

  it("prints one document for programs, with the tokens named where no list was written, and keeps its port to itself", async () => {
    const running = home.start(["dev", "chain", "--output-format", "json"]);
    await running.says("out", /\n/);
    const url = text((JSON.parse(running.out) as Document).data, "url");
    const taken = await home.json(["dev", "chain", "--port", new URL(url).port]);
    assert.deepEqual([taken.error.code, taken.code], ["DEV_CHAIN_FAILED", 3]);
    running.child.kill("SIGTERM");
    const { code, out, err } = await running.ended;
    assert.deepEqual([code, err], [143, ""]);
    const { status, data } = JSON.parse(out) as Document;
    assert.equal(status, "success");
    assert.equal(data["tokenList"], null);
    assert.ok(text(data, "snapshot").endsWith(` --token ${text(data, "tokens", 7, "address")}`));
    assert.match(text(member(data, "oddTokens"), "GasBurnerToken"), /^0x\w{40}$/);
  });

  it("refuses a file that exists, and then nothing is left running", async () => {
    home.write("mine.json", "{}");
    const exists = await home.json(["dev", "chain", "--token-list-out", "mine.json"]);
    assert.deepEqual([exists.error.code, exists.code, home.read("mine.json")], ["FILE_EXISTS", 2, "{}"]);
  });
});
