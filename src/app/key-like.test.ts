import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { looksLikeKey, replaceKeys } from "./key-like.ts";

describe("what looks like a key", () => {
  it("is a long mix of letters and digits", () => {
    for (const part of [
      "9aa3d95b3bc440fa88ea12eaa4456161",
      "k3yk3yk3yk3yk3yk",
      "alcht_AbCdEf0123456789",
      "0b5a1c1e-7c1b-4d53-9d5e-2f6a3f1b7c11",
    ])
      assert.ok(looksLikeKey(part), part);
  });

  it("is no word, no version, no public address", () => {
    for (const part of [
      "v3",
      "mainnet",
      "ethereum-mainnet",
      "publicnode",
      "arbitrum-one",
      "0x52908400098527886E0F7030069857D2E4169EE7",
      "",
    ])
      assert.ok(!looksLikeKey(part), part);
  });

  it("is taken out of sentences where no URL stands around it", () => {
    assert.equal(replaceKeys("getaddrinfo ENOTFOUND aB3dE5gH7jK9mN1pQ3sT.rpc.example", "***"), "getaddrinfo ENOTFOUND ***.rpc.example");
    const words = "MFM_RPC_EIP155_42161 and 0x52908400098527886E0F7030069857D2E4169EE7 and CAPABILITY_ANSWER_INVALID";
    assert.equal(replaceKeys(words, "***"), words);
    const reverted = "ERC1967ProxyUninitialized() and ERC20InsufficientBalance(sender = 1)";
    assert.equal(replaceKeys(reverted, "***"), reverted);
  });
});
