/** The limit of a provider holds for a whole worker: its runs share the provider, and what they ask at once waits for its turn. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as z from "zod";
import { machineRandom, machineTime } from "../../src/app/machine.ts";
import { evmQuestions } from "../../src/app/networks/place-networks.ts";
import { evmRead } from "../../src/capabilities/evm/read.ts";
import { blockRef } from "../../src/capabilities/evm/block.ts";
import { address } from "../../src/kernel/codecs.ts";
import { defineOp } from "../../src/kernel/op.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { runWorker } from "../../src/kernel/runtime/worker.ts";
import { defineState } from "../../src/kernel/state.ts";
import { openModelStore } from "../../src/storages/model/model-store.ts";
import { inFolder } from "../crash/harness.ts";
import { startAnvil } from "../evm/anvil.ts";
import { startFaultServer } from "../evm/fault-server.ts";

const network = "eip155:31337";

const reading = defineState({
  id: "test.limit/reading@1",
  effect: "read",
  needs: { chain: evmRead },
  config: z.strictObject({ account: address, at: blockRef }),
  output: z.strictObject({ kind: z.literal("ok") }),
  async run({ config, chain }) {
    const { kind } = await chain.balance({ network, ...config });
    if (kind !== "ok") throw new Error(kind);
    return { kind };
  },
});
const read = defineOp({
  id: "test.limit/read@1",
  config: z.strictObject({ index: z.int(), at: blockRef }),
  plan(program, { index, at }) {
    const steps = Array.from({ length: 4 }, (_, step) => {
      const account = `0x${(index * 4 + step + 1).toString().padStart(40, "0")}` as const;
      return program.step(`read/${step}`, reading, { config: { account, at } });
    });
    return { read: steps.map(({ output }) => output) };
  },
});

test("twelve runs of one worker ask a provider no more at once than it takes", { timeout: 120_000 }, async () => {
  const seen = { now: 0, most: 0 };
  const anvil = await startAnvil();
  const server = await startFaultServer(anvil.url);
  server.misbehave({
    http() {
      seen.most = Math.max(seen.most, ++seen.now);
      return false;
    },
    body(text) {
      seen.now--;
      return text;
    },
  });
  const { hash } = await anvil.rpc<{ readonly hash: string }>("eth_getBlockByNumber", "0x0", false);
  await inFolder(async (folder) => {
    writeFileSync(
      join(folder, "mfm.toml"),
      `[network.here]\nid = "${network}"\nproviders = [{ ref = "one", url = "${server.url}", concurrency = 3, batch_items = 1 }]\n`,
    );
    const place = { folder, env: {}, configFile: join(folder, "mfm.toml"), storeUrl: undefined };
    const stop = new AbortController();
    let ended = 0;
    const runtime = new Runtime({
      store: openModelStore({ clock: () => machineTime.now() }),
      registry: new Registry({ read, reading }, evmQuestions(place).reads),
      clock: machineTime,
      random: machineRandom,
      owner: "worker",
      watch(moment) {
        if (moment.kind === "drive.after" && moment.run.status === "succeeded" && ++ended === 12) stop.abort();
      },
    });
    for (let index = 0; index < 12; index++)
      await runtime.startUntyped(read, { index, at: { number: "0", hash } }, { key: `${index}`, detach: true });
    await runWorker(runtime, { concurrency: 12, signal: stop.signal, onError: (error) => stop.abort(error) });
    assert.equal(ended, 12);
  });
  await server.stop();
  await anvil.stop();
  assert.ok((server.calls.get("eth_getBalance") ?? 0) >= 48);
  assert.equal(seen.most, 3);
});
