import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MfmError } from "../../kernel/errors.ts";
import { describeNetworks } from "./diagnose-networks.ts";
import type { NetworkTable } from "./network-table.ts";
import { networksOf } from "./place-networks.ts";

const provider = {
  ref: "own-node",
  url: "http://127.0.0.1:8545",
  headers: {},
  batchItems: undefined,
  concurrency: undefined,
  timeoutMs: undefined,
};
const main: NetworkTable = { name: "main", id: "eip155:1", finality: undefined, native: undefined, providers: [provider] };
const describeWith = (env: { readonly [name: string]: string }, networks: readonly NetworkTable[]): Promise<string> =>
  describeNetworks(networksOf({ folder: "/", env, configFile: undefined, storeUrl: undefined }, { networks }));

describe("what the doctor says of networks", () => {
  it("names each and where it is read, without URLs", async () => {
    const words = await describeWith({ MFM_RPC_SIDE: "http://hunter2.example", MFM_RPC_EIP155_5: "http://hunter2.example" }, [
      main,
      { ...main, name: "side", id: "eip155:7" },
    ]);
    assert.equal(
      words,
      "main (eip155:1) from the file: own-node; side (eip155:7) from MFM_RPC_SIDE; that of MFM_RPC_EIP155_5; other known chains through their public endpoints",
    );
  });

  it("finds a variable that names no network, one that is not set and one that holds no URL", async () => {
    const needs = { ...main, providers: [{ ...provider, url: { env: "MY_URL" } }] };
    const cases = [
      [{ MFM_RPC_MIAN: "http://x" }, [main], "CONFIG_INVALID"],
      [{}, [needs], "NETWORK_NOT_READY"],
      [{ MFM_RPC_MAIN: "hunter2" }, [main], "CONFIG_INVALID"],
      [{ MFM_RPC_EIP155_5: "hunter2" }, [], "CONFIG_INVALID"],
    ] as const;
    for (const [env, networks, code] of cases)
      await assert.rejects(describeWith(env, networks), (error) => {
        return error instanceof MfmError && error.code === code && !error.message.includes("hunter2");
      });
  });
});
