import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DevChain } from "../../app/dev-chain/dev-chain.ts";
import { viewOfDevChain } from "./dev-chain.ts";

const address = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const chain = {
  url: "http://127.0.0.1:8545",
  chainId: 31337,
  accounts: [address],
  holder: address,
  tokens: [{ address, name: "Demo Dollar", symbol: "DUSD", decimals: 6, held: 10n ** 30n, contract: "DemoToken" }],
  oddTokens: {},
  feeds: [],
  multicall3: address,
} as unknown as DevChain;

describe("development chain, for people and programs", () => {
  it("gives the command for a snapshot with the token list, as a shell reads it, or with each token", () => {
    const start = `mfm portfolio snapshot ${address} --rpc http://127.0.0.1:8545 --chain-id 31337`;
    assert.equal(viewOfDevChain(chain, "lists/dev.json").snapshot, `${start} --token-list lists/dev.json`);
    assert.equal(viewOfDevChain(chain, "it's here.json").snapshot, `${start} --token-list 'it'\\''s here.json'`);
    assert.equal(viewOfDevChain(chain, undefined).snapshot, `${start} --token ${address}`);
  });

  it("has amounts as text in JSON", () => assert.equal(viewOfDevChain(chain, undefined).tokens[0]?.held, `1${"0".repeat(30)}`));
});
