import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hashHeader } from "../../capabilities/evm/header.ts";
import type { Header } from "../../capabilities/evm/block.ts";
import type { SourceFailed } from "../../capabilities/evm/failure.ts";
import { runState } from "../../testing/run-state.ts";
import { pinBlock } from "./pin-block.ts";

const network: `eip155:${string}` = "eip155:1";
const word = (digit: string): `0x${string}` => `0x${digit.repeat(64)}`;

const header: Header = {
  parentHash: word("1"),
  sha3Uncles: word("2"),
  miner: "0x0000000000000000000000000000000000000000",
  stateRoot: word("3"),
  transactionsRoot: word("4"),
  receiptsRoot: word("5"),
  logsBloom: `0x${"0".repeat(512)}`,
  difficulty: 0n,
  number: 20_000_000n,
  gasLimit: 30_000_000n,
  gasUsed: 21_000n,
  timestamp: 1_717_281_407n,
  extraData: "0x",
  mixHash: word("6"),
  nonce: "0x0000000000000000",
  baseFeePerGas: 7n,
};
const hash = hashHeader(header) ?? word("0");

const tag = { network, block: { kind: "tag", tag: "finalized" }, onSourceFailure: "pause" } as const;
const failure: SourceFailed = {
  kind: "source_failed",
  failures: [
    { source: "primary", reason: "timeout" },
    { source: "backup", reason: "wrong_chain" },
  ],
};

describe("pin-block", () => {
  it("pins the block whose hash the header bears out", async () => {
    const facts = {
      chain: { block: [{ request: { network, block: tag.block }, answer: { kind: "ok", hash, header, sources: 2 } as const }] },
    };
    assert.deepEqual(await runState(pinBlock, { config: tag, facts }), {
      kind: "pinned",
      network,
      block: { number: 20_000_000n, hash },
      parentHash: header.parentHash,
      stateRoot: header.stateRoot,
      timestamp: "2024-06-01T22:36:47.000Z",
      header: "recomputed",
      sources: 2,
    });
  });

  it("pins a header that hashes to something else as reported only", async () => {
    for (const changed of [{ stateRoot: word("9") }, { gasUsed: 22_000n }, { extraData: "0x01" as const }]) {
      const answer = { kind: "ok", hash, header: { ...header, ...changed }, sources: 1 } as const;
      const output = await runState(pinBlock, { config: tag, facts: { chain: { block: [{ answer }] } } });
      assert.ok(output.kind === "pinned");
      assert.equal(output.header, "reported");
    }
  });

  it("takes block 0 and a number or hash that is the one asked for", async () => {
    const first = { ...header, number: 0n };
    const firstHash = hashHeader(first) ?? word("0");
    for (const block of [{ kind: "number", number: 0n } as const, { kind: "hash", hash: firstHash } as const]) {
      const answer = { kind: "ok", hash: firstHash, header: first, sources: 1 } as const;
      const output = await runState(pinBlock, { config: { ...tag, block }, facts: { chain: { block: [{ answer }] } } });
      assert.ok(output.kind === "pinned");
      assert.equal(output.block.number, 0n);
    }
  });

  it("refuses another block than the one asked for", async () => {
    const answer = { kind: "ok", hash, header, sources: 1 } as const;
    for (const block of [{ kind: "number", number: 20_000_001n } as const, { kind: "hash", hash: word("7") } as const]) {
      const facts = { chain: { block: [{ answer }] } };
      await assert.rejects(runState(pinBlock, { config: { ...tag, block }, facts }), {
        code: "SOURCE_FAILED",
        details: { network, failures: [{ source: "unnamed", reason: "wrong_block" }] },
      });
      assert.deepEqual(await runState(pinBlock, { config: { ...tag, block, onSourceFailure: "partial" }, facts }), {
        kind: "source_failed",
        network,
        failures: [{ source: "unnamed", reason: "wrong_block" }],
      });
    }
  });

  it("refuses a time that no instant can say", async () => {
    const answer = { kind: "ok", hash, header: { ...header, timestamp: 253_402_300_800n }, sources: 1 } as const;
    await assert.rejects(runState(pinBlock, { config: tag, facts: { chain: { block: [{ answer }] } } }), { code: "SOURCE_FAILED" });
    const last = { ...answer, header: { ...header, timestamp: 253_402_300_799n } };
    const output = await runState(pinBlock, { config: tag, facts: { chain: { block: [{ answer: last }] } } });
    assert.ok(output.kind === "pinned");
    assert.equal(output.timestamp, "9999-12-31T23:59:59.000Z");
  });

  it("ends for good where there is no such block", async () => {
    const facts = { chain: { block: [{ answer: { kind: "not_found" } as const }] } };
    await assert.rejects(runState(pinBlock, { config: { ...tag, block: { kind: "number", number: 9n } }, facts }), {
      code: "BLOCK_UNKNOWN",
      details: { network, block: "9" },
    });
  });

  it("pauses naming each source with its reason, or says so in its output", async () => {
    const facts = { chain: { block: [{ answer: failure }] } };
    await assert.rejects(runState(pinBlock, { config: tag, facts }), {
      code: "SOURCE_FAILED",
      message: "eip155:1: no source gave an answer: primary: timeout, backup: wrong_chain",
    });
    assert.deepEqual(await runState(pinBlock, { config: { ...tag, onSourceFailure: "partial" }, facts }), { ...failure, network });
    const nobody = { chain: { block: [{ answer: { ...failure, failures: [] } }] } };
    await assert.rejects(runState(pinBlock, { config: tag, facts: nobody }), { code: "SOURCE_FAILED", message: /no source is configured/ });
  });
});
