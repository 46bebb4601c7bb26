/** What a plan says that calls move by themselves: on a real node, on one that does not tell, and on one that lies. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { PaymentScene, sender } from "../chain/payment-scene.ts";
import { type FaultServer, type Misbehaviour, faults, startFaultServer } from "../evm/fault-server.ts";
import { SignerHome } from "../keystore/signer-home.ts";
import { type Fields, member } from "./mfm.ts";

const bob = "0x976EA74026E726554dB657fA54763abd0C3a0aa9";
const ann = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc";
const swap = ["swap(uint256 give, uint256 take) payable", "100", "30", "--value", "4"];
const word = (value: bigint | string): string => BigInt(value).toString(16).padStart(64, "0");

describe("what a plan says that calls move", () => {
  let scene: PaymentScene;
  let home: SignerHome;
  let server: FaultServer;
  before(async () => {
    [scene, home] = await Promise.all([PaymentScene.set(), SignerHome.openTreasury()]);
    server = await startFaultServer(scene.node.url);
  });
  after(async () => {
    await server.stop();
    await home.close();
    await scene.end();
  });
  beforeEach(() => {
    server.misbehave();
    server.forget();
  });

  const env = () => ({ MFM_RPC_EIP155_31337: server.url });
  const commandOf = (args: readonly string[]) => ["evm", ...args, "--from", sender, "--network", "eip155:31337", "--plan"];
  const plan = async (...args: readonly string[]): Promise<Fields> => {
    const { data, code, err } = await home.json(commandOf(args), { env: env() });
    assert.equal(code, 0, err);
    return data;
  };
  const table = async (...args: readonly string[]): Promise<string> => (await home.call(commandOf(args), { env: env() })).out;

  it("is the token both ways and what comes back of the value, beside what is declared, in one more question", async () => {
    const planned = await plan("call", scene.at.Exchange, ...swap);
    assert.deepEqual(member(planned, "moved"), {
      assets: [
        { symbol: "ETH", decimals: 18, address: null, received: "1000000000000000000", spent: "0" },
        { symbol: "TWO", decimals: 2, address: scene.at.Exchange, received: "30", spent: "100" },
      ],
      unnamed: 0,
      unread: 0,
    });
    const [native] = member(planned, "changes") as readonly Fields[];
    assert.equal(BigInt(String(native?.["spent"])) - BigInt(String(member(planned, "fees", "atMost"))), 4n * 10n ** 18n);
    assert.equal(server.calls.get("eth_simulateV1"), 1);
    const shown = await table("call", scene.at.Exchange, ...swap);
    assert.match(shown, /^ETH +\+1$/m);
    assert.match(shown, new RegExp(`^TWO +-1 +\\+0\\.3 +${scene.at.Exchange}$`, "m"));
  });

  it("names a token that does not describe itself by its address, in its smallest unit", async () => {
    const planned = await plan("call", scene.at.PlainToken, "transfer(address to, uint256 value)", bob, "12");
    const address = scene.at.PlainToken;
    assert.deepEqual(member(planned, "moved", "assets"), [{ symbol: address, decimals: null, address, received: "0", spent: "12" }]);
  });

  it("takes no transfer of the network's own asset for done that failed", async () => {
    const planned = await plan("call", scene.at.Exchange, "boast()");
    assert.deepEqual(member(planned, "moved"), { assets: [], unnamed: 0, unread: 0 });
  });

  it("is only what is declared where the node does not have the method, or refuses", async () => {
    const { moved: _, ...known } = await plan("call", scene.at.Exchange, ...swap);
    for (const error of [
      { code: -32601, message: "the method eth_simulateV1 does not exist/is not available" },
      { code: -38014, message: "not today" },
    ]) {
      server.misbehave(faults.refuses(error, "eth_simulateV1"));
      const { moved, ...rest } = await plan("call", scene.at.Exchange, ...swap);
      assert.deepEqual(rest, known);
      assert.deepEqual(moved, { assets: [], unnamed: 0, unread: 1 });
      assert.doesNotMatch(await table("call", scene.at.Exchange, ...swap), /MOVED|known/);
    }
  });

  it("asks nothing of payments", async () => {
    home.write("payout.csv", `recipient,amount\n${bob},1\n${ann},2\n`);
    for (const token of [[], ["--token", scene.at.Exchange]]) {
      const planned = await plan("transfer", "--file", "payout.csv", ...token);
      assert.deepEqual(member(planned, "moved"), { assets: [], unnamed: 0, unread: 0 });
    }
    assert.equal(server.calls.get("eth_simulateV1"), undefined);
  });

  it("names fifty assets at most, first those that are spent, and counts the others", async () => {
    const topic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
    const log = (index: number, [from, to]: readonly [string, string]) => ({
      address: `0x${(0x1000 + index).toString(16).padStart(40, "0")}`,
      topics: [topic, `0x${word(from)}`, `0x${word(to)}`],
      data: `0x${word(7n)}`,
    });
    const received = Array.from({ length: 60 }, (_, index) => log(index, [bob, sender]));
    const logs = [null, { topics: 1 }, ...received, log(60, [sender, bob])];
    const done = { status: "0x1", gasUsed: "0x5208", returnData: "0x" };
    const answer: Misbehaviour["answer"] = async ({ method }, upstream) => {
      if (method !== "eth_simulateV1") return undefined;
      const looked = `0x${word(await upstream<string>("eth_getBalance", sender, "latest"))}`;
      return { result: [{ calls: [{ ...done, logs }] }, { calls: [{ ...done, returnData: looked, logs: [] }] }] };
    };
    server.misbehave({ answer });
    const { moved } = await plan("call", scene.at.Exchange, "boast()");
    const assets = member(moved, "assets") as readonly Fields[];
    assert.deepEqual([assets.length, member(moved, "unnamed"), member(moved, "unread")], [50, 11, 0]);
    assert.deepEqual([assets[0]?.["spent"], assets[0]?.["received"], assets[1]?.["received"]], ["7", "0", "7"]);
  });
});
