import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { carriesSecret, readRpcUrl } from "./rpc-url.ts";

describe("rpc urls", () => {
  it("are of http or https, and a refusal does not repeat them", () => {
    assert.ok(readRpcUrl("https://rpc.example") instanceof URL);
    for (const text of ["wss://rpc.example/hunter2", "hunter2", "", "file:///etc/hunter2"]) {
      const reason = readRpcUrl(text);
      assert.ok(typeof reason === "string" && !reason.includes("hunter2"), text);
    }
  });

  const open = [
    "http://127.0.0.1:8545",
    "https://ethereum-rpc.publicnode.com",
    "https://eth.merkle.io",
    "https://cloudflare-eth.com/v1/mainnet",
    "https://api.avax.network/ext/bc/C/rpc",
    "http://node.internal:8545/",
  ];
  for (const url of open) it(`may stand anywhere: ${url}`, () => assert.ok(!carriesSecret(new URL(url))));

  const secret = [
    "https://user:pass@rpc.example",
    "https://user@rpc.example",
    "https://mainnet.infura.io/v3/9aa3d95b3bc440fa88ea12eaa4456161",
    "https://eth-mainnet.g.alchemy.com/v2/AbCdEf0123456789_-AbCdEf01234567",
    "https://rpc.example/?apikey=short",
    "https://name.quiknode.pro/0123456789abcdef0123456789abcdef01234567/",
    "https://0123456789abcdef0123456789abcdef.rpc.example",
    "https://rpc.example/#k",
  ];
  for (const url of secret) it(`may hold a secret: ${url}`, () => assert.ok(carriesSecret(new URL(url))));
});
