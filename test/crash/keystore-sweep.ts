/** Killed at fault points of a write: the old vault or the new one, valid, and work goes on. Several processes at once: nothing is lost. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { MfmError } from "../../src/kernel/errors.ts";
import type { UnlockedVault } from "../../src/keystore/vault/unlocked-vault.ts";
import { VaultLab, keyOf } from "../keystore/vault-lab.ts";
import { endOf } from "./harness.ts";
import type { VaultOrder } from "./keystore-process.ts";
import type { Choose } from "./sweep.ts";

const program = fileURLToPath(new URL("keystore-process.js", import.meta.url));

/** Which points each kind of write is killed at, and how many processes import at once. */
export interface VaultSweep {
  readonly choose: { readonly [Kind in VaultOrder["work"]["kind"]]: Choose };
  readonly processes: number;
}

interface Ran {
  readonly signal: string | null;
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(lab: VaultLab, work: VaultOrder["work"], killAt: number): Promise<Ran> {
  const order: VaultOrder = { path: lab.path, stateFolder: lab.stateFolder, work, killAt };
  const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ["ignore", "pipe", "pipe"] });
  const { code, signal, stdout: out, stderr: err } = await endOf(child);
  return { code, signal, out, err };
}

async function inLab<T>(keys: number, work: (lab: VaultLab) => Promise<T>): Promise<T> {
  const lab = new VaultLab();
  try {
    if (keys > 0) await lab.fill(keys);
    return await work(lab);
  } finally {
    lab.remove();
  }
}

/** Kills at one point after another, and looks at what is left each time. Returns the names of all points, of which some were chosen. */
async function sweep(
  { work, keys }: { readonly work: VaultOrder["work"]; readonly keys: number },
  choose: Choose,
  inspect: (lab: VaultLab) => Promise<void>,
): Promise<readonly string[]> {
  const names = await inLab(keys, async (lab) => {
    const { code, out, err } = await run(lab, work, -1);
    assert.equal(code, 0, err);
    await inspect(lab);
    return JSON.parse(out) as readonly string[];
  });
  for (const killAt of choose(names))
    await inLab(keys, async (lab) => {
      const { signal, err } = await run(lab, work, killAt);
      assert.equal(signal, "SIGKILL", err);
      await inspect(lab);
    });
  return names;
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

export function testVault({ choose, processes }: VaultSweep): void {
  it("is there or not, when it is killed while it is made", async () => {
    const points = await sweep({ work: { kind: "create" }, keys: 0 }, choose.create, async (lab) => {
      const vault = await lab.open().catch(async (error: unknown) => {
        assert.ok(error instanceof MfmError && error.code === "KEYSTORE_NOT_FOUND", String(error));
        return lab.create();
      });
      await assertSound(vault);
    });
    assert.ok(points.length >= 10, points.join());
  });

  it("has the key or not, when it is killed during an import", async () => {
    const counts = new Set<number>();
    const points = await sweep({ work: { kind: "import", keys: [2] }, keys: 1 }, choose.import, async (lab) => {
      const vault = await lab.open();
      counts.add(vault.entries().length);
      await assertSound(vault);
    });
    assert.ok(points.length >= 11, points.join());
    assert.deepEqual(counts, new Set([1, 2]));
  });

  it("opens with the old passphrase or the new one, when it is killed while it is keyed anew", async () => {
    const opened = new Set<string>();
    await sweep({ work: { kind: "rekey" }, keys: 2 }, choose.rekey, async (lab) => {
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
    assert.deepEqual([...opened].toSorted(), ["new", "old"]);
  });

  it(`loses nothing when ${processes} processes import at once`, () =>
    inLab(1, async (lab) => {
      const orders = Array.from({ length: processes }, (_, process) => [10 + 3 * process, 11 + 3 * process, 12 + 3 * process]);
      const ran = await Promise.all(orders.map((keys) => run(lab, { kind: "import", keys }, -1)));
      for (const { code, err } of ran) assert.equal(code, 0, err);
      const vault = await lab.open();
      assert.deepEqual([vault.entries().length, vault.generation], [1 + 3 * processes, 2 + 3 * processes]);
      await assertSound(vault);
    }));
}
