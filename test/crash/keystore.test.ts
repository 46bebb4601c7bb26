/** Killed at every fault point of a write: the old vault or the new one, valid, and work goes on. Eight processes at once: nothing is lost. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { MfmError } from "../../src/kernel/errors.ts";
import type { UnlockedVault } from "../../src/keystore/vault/unlocked-vault.ts";
import { VaultLab, keyOf } from "../keystore/vault-lab.ts";
import type { VaultOrder } from "./keystore-process.ts";

const program = fileURLToPath(new URL("keystore-process.js", import.meta.url));

interface Ran {
  readonly signal: string | null;
  readonly code: number | null;
  readonly err: string;
}

function run(lab: VaultLab, work: VaultOrder["work"], killAt: number): Promise<Ran> {
  const order: VaultOrder = { path: lab.path, stateFolder: lab.stateFolder, work, killAt };
  const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ["ignore", "ignore", "pipe"] });
  let err = "";
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, err })));
}

/** Kills at one point after another until the work gets through, and looks at what is left each time. Returns how often it was killed. */
async function sweep(work: VaultOrder["work"], keys: number, inspect: (lab: VaultLab) => Promise<void>): Promise<number> {
  for (let killAt = 0; ; killAt++) {
    const lab = new VaultLab();
    try {
      if (keys > 0) await lab.fill(keys);
      const { signal, code, err } = await run(lab, work, killAt);
      await inspect(lab);
      if (signal === null) {
        assert.equal(code, 0, err);
        return killAt;
      }
      assert.equal(signal, "SIGKILL", err);
    } finally {
      lab.remove();
    }
  }
}

/** All of it holds, and it can be worked with. */
async function assertSound(vault: UnlockedVault): Promise<void> {
  vault.checkKeys();
  vault.readTrail(1);
  const before = vault.entries().length;
  await vault.addKey({ label: "after the crash", kind: { type: "private-key" }, privateKey: keyOf(99) }, "key-imported");
  assert.equal(vault.entries().length, before + 1);
  assert.equal(vault.readTrail(1).result, "verified");
  vault.close();
}

describe("crash: vault", { concurrency: true }, () => {
  it("is there or not, when it is killed while it is made", async () => {
    const kills = await sweep({ kind: "create" }, 0, async (lab) => {
      const vault = await lab.open().catch(async (error: unknown) => {
        assert.ok(error instanceof MfmError && error.code === "KEYSTORE_NOT_FOUND", String(error));
        return lab.create();
      });
      await assertSound(vault);
    });
    assert.ok(kills >= 10, `${kills} points`);
  });

  it("has the key or not, when it is killed during an import", async () => {
    const counts = new Set<number>();
    const kills = await sweep({ kind: "import", keys: [2] }, 1, async (lab) => {
      const vault = await lab.open();
      counts.add(vault.entries().length);
      await assertSound(vault);
    });
    assert.ok(kills >= 11, `${kills} points`);
    assert.deepEqual([...counts], [1, 2]);
  });

  it("opens with the old passphrase or the new one, when it is killed while it is keyed anew", async () => {
    const opened = new Set<string>();
    await sweep({ kind: "rekey" }, 2, async (lab) => {
      const vault = await lab.open().then(
        (old) => {
          opened.add("old");
          return old;
        },
        (error: unknown) => {
          assert.ok(error instanceof MfmError && error.code === "KEYSTORE_PASSPHRASE_WRONG", String(error));
          opened.add("new");
          return lab.open({ passphrase: Buffer.from("the next passphrase") });
        },
      );
      assert.equal(vault.entries().length, 2);
      await assertSound(vault);
    });
    assert.deepEqual([...opened], ["old", "new"]);
  });

  it("loses nothing when eight processes import at once", async () => {
    const lab = new VaultLab();
    try {
      await lab.fill(1);
      const orders = Array.from({ length: 8 }, (_, process) => [10 + 3 * process, 11 + 3 * process, 12 + 3 * process]);
      const ran = await Promise.all(orders.map((keys) => run(lab, { kind: "import", keys }, -1)));
      for (const { code, err } of ran) assert.equal(code, 0, err);
      const vault = await lab.open();
      assert.deepEqual([vault.entries().length, vault.generation], [25, 26]);
      await assertSound(vault);
    } finally {
      lab.remove();
    }
  });
});
