/** Undoing on a real node where that goes wrong: reverted, out of gas, and stuck at its fee ceiling. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { plain } from "../../../src/cli/paint.ts";
import { renderObligations } from "../../../src/cli/render/obligations.ts";
import type { Run } from "../../../src/kernel/run.ts";
import { type SendPlan, atTransaction } from "../../evm/send-proxy.ts";
import { type Plan, registerAddress, undoing } from "./register.ts";
import { type Site, Stage, accountOf, act, drive } from "./stage.ts";

const gwei = 1_000_000_000n;
const fees = { percentile: 50, blocks: 5, baseFeePercent: 100, minPriorityFeePerGas: "1000000000", maxPriorityFeePerGas: "1000000000" };
const { sender } = undoing.request;
assert.ok(sender !== undefined);
/** What is sent may be replaced after a block, and no replacement is under the ceiling. */
const tight: Plan = {
  ...undoing,
  request: {
    ...undoing.request,
    sender: { ...sender, terms: { ...sender.terms, fees: { ...fees, maxFeePerGas: "5000000000" }, replaceAfterBlocks: 1 } },
  },
};
const stuck: Run["waitingFor"] = [{ kind: "effect", step: "configure/seven/undo", seen: "stuck", why: "FEE_CEILING" }];

describe("an undo on a real node", { timeout: 240_000 }, () => {
  const stage = new Stage();
  before(() => stage.open());
  after(() => stage.close());

  const failing: readonly (readonly [string, string, boolean, "PostgreSQL" | "SQLite"])[] = [
    ["reverts", "0x60006000fd", false, "SQLite"],
    ["runs out of gas", "0x5b600056", true, "PostgreSQL"],
  ];
  for (const [name, code, takesAll, backend] of failing) {
    it(`that ${name} leaves the rest to people, and nothing more is undone, on ${backend} (case 57)`, async () => {
      const site = await stage.site(backend);
      // As somebody changes the contract after the undo was simulated, and before it is included.
      onUndo(site, { fault: "accept", before: () => setCode(site, code) });
      const run = await drive(undoing, site);
      assert.deepEqual([run.status, run.failure?.step, (await accountOf(site))[0]], ["blocked", "configure/bad", 3]);
      const { gasUsed, gas, status } = await lastSent(site);
      assert.deepEqual([status, gasUsed === gas], ["0x0", takesAll]);
      await drive(undoing, site, async (runtime, runId) => {
        assert.ok(runId !== undefined);
        const { obligations } = await runtime.obligations(runId);
        assert.deepEqual(
          obligations.map(({ step, kind, undo }) => [step, kind, undo?.code]),
          [
            ["configure/seven", "confirmed", "EFFECT_REVERTED"],
            ["configure/five", "confirmed", null],
          ],
        );
        return runtime.resume(runId, act);
      });
      assert.equal((await accountOf(site))[0], 3);
    });
  }

  it("that is stuck at its ceiling blocks the run, which goes on by itself once the fees fall, on SQLite (case 72)", async () => {
    const site = await stage.site("SQLite");
    await stick(site);
    await setBaseFee(site, gwei);
    // Each looks once: a busy node may mine what it is sent again only after that.
    const look = () => drive(tight, site, async (runtime, runId) => (runId === undefined ? undefined : runtime.resume(runId, act)));
    let run = await look();
    while (run.status === "blocked") run = await look();
    assert.equal(run.status, "compensated");
    assert.deepEqual(await accountOf(site), [4, 1]);
  });

  it("that is stuck at its ceiling goes on with what a person pays more, on PostgreSQL (case 72)", async () => {
    const site = await stage.site("PostgreSQL");
    await stick(site);
    await resume(site, "blocked");
    const terms = { maxFeePerGas: (90n * gwei).toString(), maxPriorityFeePerGas: (2n * gwei).toString() };
    const asked = await drive(tight, site, async (runtime, runId) => {
      assert.ok(runId !== undefined);
      return runtime.requestCandidate({ runId, step: "configure/seven/undo", role: "replacement", terms, act });
    });
    assert.equal(asked.status, "compensating");
    const { anvil, proxy } = site.scene;
    const before = new Set(proxy.sends.map(({ hash }) => hash));
    const dearer = new Set<string>();
    proxy.onSend(({ hash }) => {
      if (before.has(hash) || dearer.size > 0) return { fault: "accept" };
      dearer.add(hash);
      // What comes after it is under the ceiling again.
      return { fault: "accept", before: async () => void (await anvil.rpc("evm_setAutomine", true)), after: () => setBaseFee(site, gwei) };
    });
    await resume(site, "compensated");
    const [hash] = dearer;
    assert.equal((await anvil.rpc<{ readonly status: string }>("eth_getTransactionReceipt", hash)).status, "0x1");
    assert.deepEqual(await accountOf(site), [4, 1]);
  });
});

/** The first undo, when it is sent for the first time. */
function onUndo({ scene: { proxy } }: Site, plan: SendPlan): void {
  proxy.onSend(atTransaction(3, plan));
}

async function setCode({ scene: { anvil } }: Site, code: string): Promise<void> {
  await anvil.rpc("anvil_setCode", registerAddress, code);
}

/** Mines a block with this base fee, and goes on mining at once. */
async function setBaseFee({ scene: { anvil } }: Site, fee: bigint): Promise<void> {
  await anvil.rpc("anvil_setNextBlockBaseFeePerGas", `0x${fee.toString(16)}`);
  await anvil.rpc("anvil_mine", "0x1");
  await anvil.rpc("evm_setAutomine", true);
}

/** The base fee leaps while the first undo is in the pool. */
async function stick(site: Site): Promise<void> {
  const { anvil } = site.scene;
  onUndo(site, {
    fault: "accept",
    before: async () => void (await anvil.rpc("evm_setAutomine", false)),
    after: async () => {
      await anvil.rpc("anvil_setNextBlockBaseFeePerGas", `0x${(40n * gwei).toString(16)}`);
      await anvil.rpc("anvil_mine", "0x1");
    },
  });
  const run = await drive(tight, site);
  assert.deepEqual([run.status, run.failure?.step, run.waitingFor], ["blocked", "configure/bad", stuck]);
  await drive(tight, site, async (runtime, runId) => {
    assert.ok(runId !== undefined);
    const open = await runtime.obligations(runId);
    const words = renderObligations({ ...open, obligations: [] }, plain);
    for (const next of [
      /^what +it was sent, and is stuck with FEE_CEILING/m,
      /^next +mfm tx replace 0x[0-9a-f]{64} /m,
      /^or +mfm tx cancel 0x/m,
    ])
      assert.match(words, next);
    return open.run;
  });
}

async function resume(site: Site, status: Run["status"]): Promise<void> {
  const run = await drive(tight, site, async (runtime, runId) => (runId === undefined ? undefined : runtime.resume(runId, act)));
  assert.equal(run.status, status);
}

async function lastSent({
  scene: { anvil, proxy },
}: Site): Promise<{ readonly gasUsed: bigint; readonly gas: bigint; readonly status: string }> {
  const hash = proxy.sends.at(-1)?.hash;
  const receipt = await anvil.rpc<{ readonly gasUsed: string; readonly status: string }>("eth_getTransactionReceipt", hash);
  const { gas } = await anvil.rpc<{ readonly gas: string }>("eth_getTransactionByHash", hash);
  return { gasUsed: BigInt(receipt.gasUsed), gas: BigInt(gas), status: receipt.status };
}
