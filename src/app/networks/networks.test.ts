import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MfmError } from "../../kernel/errors.ts";
import type { KnownNetwork } from "../../transports/evm/known-networks.ts";
import type { Place } from "../place.ts";
import type { Endpoint } from "./endpoints.ts";
import type { NetworkTable } from "./network-table.ts";
import { Networks, variableOf } from "./networks.ts";

const ethereum: KnownNetwork = {
  network: "eip155:1",
  names: ["ethereum", "mainnet"],
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  providers: [
    { ref: "public-1", url: "https://one.example" },
    { ref: "public-2", url: "https://two.example" },
  ],
  finality: "finalized",
  isTestnet: false,
};
const base: KnownNetwork = {
  ...ethereum,
  network: "eip155:8453",
  names: ["base"],
  providers: [{ ref: "public-1", url: "https://base.example" }],
};

const table: NetworkTable = {
  name: "main",
  id: "eip155:1",
  finality: undefined,
  native: undefined,
  providers: [
    {
      ref: "primary",
      url: { env: "MY_URL" },
      headers: { Authorization: { env: "MY_AUTH" } },
      batchItems: 5,
      concurrency: undefined,
      timeoutMs: 1000,
    },
  ],
};

class Setting {
  asked = 0;
  readonly connected: Endpoint[] = [];
  readonly networks: Networks;

  constructor(env: Place["env"], tables: readonly NetworkTable[] = [], rpc?: Place["rpc"]) {
    this.networks = new Networks({
      place: { folder: "/", env, configFile: undefined, storeUrl: undefined, rpc },
      tables,
      chains: {
        find: async (which) => {
          this.asked++;
          return Promise.resolve([ethereum, base].find(({ network, names }) => network === which || names.includes(which)));
        },
        names: async () => Promise.resolve(["ethereum", "mainnet", "base"]),
      },
      connect: async (endpoint) => {
        this.connected.push(endpoint);
        return Promise.resolve({ ref: endpoint.ref, request: () => Promise.reject(new Error("not asked")) });
      },
    });
  }
}

const urlsOf = async (setting: Setting, id: `eip155:${string}`): Promise<string[]> =>
  (await setting.networks.sourcesOf(id)).endpoints.map(({ ref, url }) => `${ref} ${url}`);

describe("networks: where one is read", () => {
  const env = { MY_URL: "https://file.example/", MY_AUTH: "Bearer x" };

  it("the flag wins over the environment, that over the file, that over public endpoints", async () => {
    const rpc = { network: "eip155:1", url: "http://127.0.0.1:1" } as const;
    const both = { ...env, MFM_RPC_EIP155_1: "http://env.example" };
    assert.deepEqual(await urlsOf(new Setting(both, [table], rpc), "eip155:1"), ["flag http://127.0.0.1:1/"]);
    assert.deepEqual(await urlsOf(new Setting(both, [table]), "eip155:1"), ["env http://env.example/"]);
    assert.deepEqual(await urlsOf(new Setting(env, [table]), "eip155:1"), ["primary https://file.example/"]);
    assert.deepEqual(await urlsOf(new Setting({}), "eip155:1"), ["public-1 https://one.example/", "public-2 https://two.example/"]);
    assert.deepEqual(await urlsOf(new Setting({}, [{ ...table, providers: [] }]), "eip155:1"), [
      "public-1 https://one.example/",
      "public-2 https://two.example/",
    ]);
    assert.deepEqual(await urlsOf(new Setting(both, [table], rpc), "eip155:8453"), ["public-1 https://base.example/"]);
    assert.deepEqual((await new Setting({}).networks.sourcesOf("eip155:5")).origin, "none");
  });

  it("a variable may name the chain id, the file's name or a known name, the chain id first, and hold several URLs", async () => {
    const named = { MFM_RPC_ETHEREUM: "http://a.example http://b.example" };
    assert.deepEqual(await urlsOf(new Setting(named), "eip155:1"), ["env-1 http://a.example/", "env-2 http://b.example/"]);
    assert.deepEqual(await urlsOf(new Setting({ ...named, MFM_RPC_MAIN: "http://c.example" }, [table]), "eip155:1"), [
      "env http://c.example/",
    ]);
    assert.deepEqual(await urlsOf(new Setting({ ...named, MFM_RPC_EIP155_1: "http://d.example" }), "eip155:1"), ["env http://d.example/"]);
    assert.deepEqual(await urlsOf(new Setting({ MFM_RPC_EIP155_1: "" }), "eip155:8453"), ["public-1 https://base.example/"]);
    assert.equal(variableOf("arbitrum-one"), "MFM_RPC_ARBITRUM_ONE");
    assert.equal(variableOf("eip155:31337"), "MFM_RPC_EIP155_31337");
  });

  it("known chains are asked only where the configuration leaves a question", async () => {
    const setting = new Setting({ MFM_RPC_EIP155_31337: "http://127.0.0.1:8545" });
    await setting.networks.sourcesOf("eip155:31337");
    await setting.networks.resolve("eip155:31337");
    assert.equal(setting.asked, 0);
    await setting.networks.view("eip155:31337");
    assert.equal(setting.asked, 1);
  });

  it("connects once, with user and password as a header", async () => {
    const setting = new Setting({ MFM_RPC_EIP155_5: "https://me:p%40ss@rpc.example/x" });
    await Promise.all([setting.networks.providersOf("eip155:5"), setting.networks.providersOf("eip155:5")]);
    assert.deepEqual(
      setting.connected.map(({ url, headers }) => ({ url, headers })),
      [{ url: "https://rpc.example/x", headers: { authorization: `Basic ${Buffer.from("me:p@ss").toString("base64")}` } }],
    );
    await new Setting(env, [table]).networks.providersOf("eip155:1").then(([first]) => assert.equal(first?.ref, "primary"));
  });

  it("refuses a variable that is not set, or holds no URL, by its name and without its value", async () => {
    const cases = [
      [new Setting({ MY_URL: "http://x" }, [table]), "NETWORK_NOT_READY", "MY_AUTH"],
      [new Setting({}, [table]), "NETWORK_NOT_READY", "MY_URL"],
      [new Setting({ MFM_RPC_EIP155_1: "hunter2" }), "CONFIG_INVALID", "MFM_RPC_EIP155_1"],
      [new Setting({ MFM_RPC_EIP155_1: "  " }), "CONFIG_INVALID", "MFM_RPC_EIP155_1"],
      [new Setting({ MY_URL: "wss://hunter2", MY_AUTH: "x" }, [table]), "CONFIG_INVALID", "MY_URL"],
    ] as const;
    for (const [{ networks }, code, variable] of cases) {
      await assert.rejects(networks.providersOf("eip155:1"), (error) => {
        assert.ok(error instanceof MfmError && error.code === code && error.message.includes(variable));
        return !JSON.stringify([error.message, error.details]).includes("hunter2");
      });
    }
  });
});

describe("networks: what one is called", () => {
  it("by the file's name, a known name or its id; a slip is met with the name that was meant", async () => {
    const { networks } = new Setting({}, [table]);
    assert.deepEqual(await Promise.all(["main", "base", "eip155:7"].map((name) => networks.resolve(name))), [
      "eip155:1",
      "eip155:8453",
      "eip155:7",
    ]);
    await assert.rejects(networks.resolve("etherium"), (error) => {
      return error instanceof MfmError && error.code === "NETWORK_UNKNOWN" && error.details["suggestion"] === "ethereum";
    });
  });

  it("its asset and block come from the file, then from the known chains, then from custom", async () => {
    const own = { ...table, native: { symbol: "OWN", decimals: 6 }, finality: "latest" } as const;
    assert.deepEqual(await new Setting({}, [own]).networks.view("eip155:1"), {
      id: "eip155:1",
      name: "main",
      native: { symbol: "OWN", decimals: 6 },
      finality: "latest",
    });
    assert.deepEqual(await new Setting({}).networks.view("eip155:8453"), {
      id: "eip155:8453",
      name: "base",
      native: { symbol: "ETH", decimals: 18 },
      finality: "finalized",
    });
    assert.deepEqual(await new Setting({}).networks.view("eip155:9"), {
      id: "eip155:9",
      name: "eip155:9",
      native: { symbol: "NATIVE", decimals: 18 },
      finality: "finalized",
    });
  });

  it("finds variables that name no network", async () => {
    const env = { MFM_RPC_ETHERUM: "http://x", MFM_RPC_BASE: "http://x", MFM_RPC_MAIN: "http://x", MFM_RPC_EIP155_9: "http://x" };
    assert.deepEqual(await new Setting(env, [table]).networks.strayVariables(), ["MFM_RPC_ETHERUM"]);
  });
});
