/** A transaction that does not do what its simulation showed, on a real node: what is recorded of it, and what people are told. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { PaymentScene, sender } from "../chain/payment-scene.ts";
import { atTransaction, startSendProxy } from "../evm/send-proxy.ts";
import { SignerHome } from "../keystore/signer-home.ts";
import { type Fields, member } from "./mfm.ts";

/** What the contract becomes: it reverts at once, or goes round until the gas is used up. */
const changes = [
  ["reverts", "0x60006000fd", false],
  ["uses up its gas", "0x5b600056", true],
] as const;

describe("a transaction that was simulated to succeed", () => {
  let scene: PaymentScene;
  let home: SignerHome;
  before(async () => {
    [scene, home] = await Promise.all([PaymentScene.set(), SignerHome.openTreasury()]);
  });
  after(async () => {
    home.remove();
    await scene.end();
  });

  for (const [name, code, takesAll] of changes)
    it(`and ${name}, because the contract was changed before it was included, does not agree with its simulation`, async () => {
      const proxy = await startSendProxy(scene.node.url);
      const counter = scene.at.Counter;
      const kept = await scene.node.rpc<string>("eth_getCode", counter, "latest");
      proxy.onSend(atTransaction(1, { fault: "accept", before: async () => void (await scene.node.rpc("anvil_setCode", counter, code)) }));
      const call = ["evm", "call", counter, "add(uint256 by, string note)", "3", name, "--from", sender, "--network", "eip155:31337"];
      const sent = await home.unlocked([...call, "--no-policy", "--yes"], { env: { MFM_RPC_EIP155_31337: proxy.url } });
      await proxy.stop();
      await scene.node.rpc("anvil_setCode", counter, kept);
      assert.equal(sent.code, 4, sent.err);
      assert.equal(member(sent.data, "run", "failure", "code"), "EFFECT_REVERTED");

      const [hash = ""] = proxy.sends.map((send) => send.hash);
      const shown = await home.data(["tx", "show", hash]);
      const [gas, receipt, simulated] = [member(shown, "comparison", "gas"), member(shown, "receipt"), member(shown, "simulation", "gas")];
      assert.deepEqual(member(shown, "comparison"), { agrees: false, simulated: "success", outcome: "reverted", gas });
      assert.deepEqual(gas, { simulated, used: member(receipt, "gasUsed") });
      assert.deepEqual([member(receipt, "status"), member(gas, "used") === member(shown, "intent", "gas")], ["reverted", takesAll]);
      assert.deepEqual(
        (member(shown, "happened") as readonly Fields[]).flatMap(({ what }) => (/included|final/.test(String(what)) ? [what] : [])),
        ["included: reverted", "final: reverted"],
      );
      const told = await home.call(["tx", "show", hash]);
      assert.match(told.out, /^is +reverted$/m);
      assert.match(told.out, /^included +reverted in block /m);
      assert.match(told.out, /^as simulated +no: it was simulated to succeed, and reverted$/m);
    });
});
