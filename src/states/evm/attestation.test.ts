import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineState } from "../../kernel/state.ts";
import { evmRead } from "../../capabilities/evm/read.ts";
import { type Facts, runState } from "../../testing/run-state.ts";
import * as z from "zod";
import { type Attested, checkAttestation } from "./attestation.ts";
import { type Pin, pinned } from "./pinned.ts";
import { pin as somePin } from "../../../test/evm/pin.ts";
import type { Attestation } from "./scanner.ts";

const pin: Pin = { ...somePin, network: "eip155:42161", block: { ...somePin.block, number: 250_000_000n } };
const seconds = BigInt(Date.parse(pin.timestamp) / 1000);
const same: Attestation = { number: pin.block.number, timestamp: seconds, chainId: 42_161n, parentHash: pin.parentHash };

/** What the check says of a call that saw this, at this pin. */
async function check(
  seen: Partial<Attestation>,
  at: Partial<Pin> = {},
  call?: NonNullable<Facts<{ chain: typeof evmRead }>["chain"]>["call"],
): Promise<Attested> {
  const state = defineState({
    id: "test.evm/check@1",
    effect: "read",
    needs: { chain: evmRead },
    input: z.strictObject({ at: pinned }),
    output: z.strictObject({ attested: z.enum(["attested", "unattested", "other_block"]) }),
    run: async ({ chain, input }) => ({
      attested: await checkAttestation({ chain, pin: input.at as Pin, onSourceFailure: "pause" }, { ...same, ...seen }),
    }),
  });
  const facts = call === undefined ? {} : { chain: { call } };
  return (await runState(state, { input: { at: { ...pin, ...at } }, facts })).attested;
}

const arbBlockNumber = {
  network: pin.network,
  at: pin.block,
  to: "0x0000000000000000000000000000000000000064",
  data: "0xa3b1b31d",
} as const;
const ok = (number: bigint) => ({ kind: "ok", data: `0x${number.toString(16).padStart(64, "0")}` }) as const;

describe("attestation", () => {
  it("holds where number, time, chain and parent are those of the pin", async () => assert.equal(await check({}), "attested"));

  it("speaks of another block where the time or the chain differ", async () => {
    assert.equal(await check({ timestamp: seconds + 1n }), "other_block");
    assert.equal(await check({ chainId: 1n }), "other_block");
  });

  it("asks Arbitrum's own contract where NUMBER is the parent chain's", async () => {
    const seen = { number: 21_000_000n, parentHash: `0x${"11".repeat(32)}` };
    assert.equal(await check(seen, {}, [{ request: arbBlockNumber, answer: ok(pin.block.number) }]), "unattested");
    assert.equal(await check(seen, {}, [{ answer: ok(pin.block.number + 1n) }]), "other_block");
    for (const answer of [{ kind: "ok", data: "0x" }, { kind: "reverted", data: "0x" }, { kind: "out_of_gas" }] as const)
      assert.equal(await check(seen, {}, [{ answer }]), "other_block");
    await assert.rejects(check(seen, {}, [{ answer: { kind: "block_lost" } }]), { code: "PIN_LOST" });
    await assert.rejects(check(seen, {}, [{ answer: { kind: "source_failed", failures: [] } }]), { code: "SOURCE_FAILED" });
  });

  it("expects the parent's hash, save where BLOCKHASH is known not to be it, or nothing is known of headers", async () => {
    const seen = { parentHash: `0x${"22".repeat(32)}` };
    assert.equal(await check(seen), "other_block");
    assert.equal(await check(seen, { header: "reported" }), "unattested");
    assert.equal(await check({ ...seen, chainId: 534_352n }, { network: "eip155:534352" }), "unattested");
  });
});
