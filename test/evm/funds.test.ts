/** An account's funds, on a real node: what is under way is paid for first. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { evmTransaction } from "../../src/capabilities/evm/transaction.ts";
import type { TransactionEnvelope } from "../../src/capabilities/evm/transaction-envelope.ts";
import { codeOf } from "../keystore/code-of.ts";
import { ChainLab } from "./chain-lab.ts";
import type { Sending } from "./sending.ts";

const milli = 10n ** 15n;

/** As the store would have it. */
function underWay(sending: Sending) {
  const envelopes = async () => sending.made.map(({ envelope }) => evmTransaction.codecs.envelope.decode(envelope) as TransactionEnvelope);
  return { slot: sending.slot ?? 0, effect: sending.id, envelopes };
}

/** The account of the lab has one ether. */
describe("an account's funds", () => {
  let lab: ChainLab;
  before(async () => {
    lab = await ChainLab.open();
  });
  afterEach(() => lab.reset());
  after(() => lab.close());

  it("that may go to what is under way pay for nothing else, until that has settled (case 73)", async () => {
    await lab.automine(false);
    const backend = lab.submitter();
    const first = lab.sendingBy(backend, "first", { value: 600n * milli });
    await first.make();
    await first.dispatch();
    const second = lab.sendingBy(backend, "second", { value: 390n * milli });
    await second.acquire({ open: [underWay(first)] });
    const third = lab.sendingBy(backend, "third", { value: 500n * milli });
    await third.acquire({ open: [underWay(first)] });
    assert.equal(await codeOf(third.make()), "LANE_RESERVED");
    await second.make();
    await lab.mine();
    await third.acquire();
    assert.equal(await codeOf(third.make()), "FUNDS_INSUFFICIENT");
    assert.deepEqual([third.made.length, await lab.signer.signedNonces({ chainId: 31_337, sender: lab.from, from: 2 })], [0, []]);
  });

  it("are counted with what another process prepared, and its dearest candidate (case 73)", async () => {
    await lab.automine(false);
    const first = lab.sending("first", { value: 1n });
    await first.make();
    await first.make("replacement", { maxFeePerGas: `${15_000n * 10n ** 9n}` });
    await first.dispatch();
    const second = lab.sending("second", { value: 300n * milli });
    await second.acquire({ open: [underWay(first)] });
    assert.equal(await codeOf(second.make()), "LANE_RESERVED");
    const less = lab.sending("less", { value: 200n * milli });
    await less.acquire({ open: [underWay(first)] });
    await less.make();
  });
});
