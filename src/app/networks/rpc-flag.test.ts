import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MfmError } from "../../kernel/errors.ts";
import { readRpcFlag } from "./rpc-flag.ts";

describe("--rpc and --chain-id", () => {
  it("together are one more network; neither is none", () => {
    assert.deepEqual(readRpcFlag("http://127.0.0.1:8545", "31337"), { network: "eip155:31337", url: "http://127.0.0.1:8545" });
    assert.equal(readRpcFlag(undefined, undefined), undefined);
  });

  const refused: readonly (readonly [string | undefined, string | undefined, string])[] = [
    ["http://127.0.0.1:8545", undefined, "USAGE"],
    [undefined, "1", "USAGE"],
    ["http://127.0.0.1:8545", "0x1", "USAGE"],
    ["hunter2", "1", "USAGE"],
    ["https://me:hunter2@rpc.example", "1", "URL_HAS_SECRET"],
    ["https://rpc.example/?key=hunter2", "1", "URL_HAS_SECRET"],
  ];
  for (const [url, chainId, code] of refused) {
    it(`are refused with ${code}: ${url ?? "no URL"} ${chainId ?? "no chain id"}`, () => {
      assert.throws(
        () => readRpcFlag(url, chainId),
        (error) => {
          assert.ok(error instanceof MfmError && error.code === code);
          assert.ok(!JSON.stringify([error.message, error.details]).includes("hunter2"));
          return code === "USAGE" || error.details["variable"] === "MFM_RPC_EIP155_1";
        },
      );
    });
  }
});
