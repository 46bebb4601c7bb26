/** The vault: what unlocking costs and how long it holds up the event loop; a vault of 1,000 keys; a record of the audit trail. */
import { randomUUID } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatInstant } from "../src/kernel/codecs.ts";
import { addressOf } from "../src/keystore/keys/private-key.ts";
import { type Entry, type Header, encodeVault, vaultFormat } from "../src/keystore/vault/document.ts";
import { type DeriveKey, type KdfCost, deriveWithArgon2, kdfDefault, kdfFloor } from "../src/keystore/vault/kdf.ts";
import { newKdf, openVault } from "../src/keystore/vault/open-vault.ts";
import { randomKey } from "../src/keystore/vault/sealing.ts";
import { authenticate, sealEntry, wrapVaultKey } from "../src/keystore/vault/vault-key.ts";
import { listKeys } from "../src/app/keystore/keys.ts";
import { type Line, lineOf } from "./line.ts";
import { median, repeat, time } from "./measure.ts";
import { inScratch } from "./scratch.ts";

const passphrase = (): Uint8Array => Buffer.from("a passphrase to measure with");

interface Place {
  readonly path: string;
  readonly stateFolder: string;
}

/** Written at once: adding keys one by one is not what is measured. Returns its size in bytes. */
async function makeVault({ path }: Place, cost: KdfCost, keys: number): Promise<number> {
  const createdAt = formatInstant(Date.now());
  const header: Header = {
    format: vaultFormat,
    vaultId: randomUUID(),
    createdAt,
    kdf: newKdf(cost),
    passphraseEncoding: "utf8-nfkc",
  };
  const vaultKey = randomKey();
  const entries: Entry[] = Array.from({ length: keys }, (_, index) => {
    const privateKey = randomKey();
    const view = {
      id: randomUUID(),
      label: `key ${index}`,
      address: addressOf(privateKey),
      kind: { type: "private-key" },
      createdAt,
      policy: null,
    } as const;
    return sealEntry(vaultKey, header.vaultId, view, privateKey);
  });
  const wrapped = await wrapVaultKey(deriveWithArgon2, passphrase(), header, vaultKey);
  const bytes = encodeVault(authenticate(vaultKey, { ...header, ...wrapped, generation: 1, entries, book: null }));
  writeFileSync(path, bytes, { mode: 0o600 });
  return bytes.length;
}

async function unlock(place: Place): Promise<void> {
  (await openVault({ ...place, passphrase: passphrase() })).close();
}

/** Milliseconds of an unlock, and of the derivation in it. */
async function unlockInParts(place: Place): Promise<{ readonly whole: number; readonly derivation: number }> {
  let derivation = 0;
  const derive: DeriveKey = async (phrase, kdf) => {
    const start = performance.now();
    const key = await deriveWithArgon2(phrase, kdf);
    derivation = performance.now() - start;
    return key;
  };
  const whole = await time(async () => (await openVault({ ...place, passphrase: passphrase(), derive })).close());
  return { whole, derivation };
}

/** The longest time in milliseconds that nothing else could run. */
async function longestStall(work: () => Promise<void>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  // The one that is under way is seen when it ends.
  await new Promise((resolve) => setImmediate(resolve));
  delay.disable();
  return delay.max / 1e6;
}

export async function measureKeystore(isQuick: boolean): Promise<Line[]> {
  return inScratch(async (folder) => {
    const placeOf = (name: string): Place => {
      mkdirSync(join(folder, name), { mode: 0o700 });
      return { path: join(folder, name, "keystore.json"), stateFolder: join(folder, "state") };
    };
    const [usual, large] = [placeOf("usual"), placeOf("large")];
    await makeVault(usual, kdfDefault, 10);
    const keys = 1_000;
    const bytes = await makeVault(large, kdfFloor, keys);
    await unlock(usual);
    const times = isQuick ? 3 : 9;
    // In turns, so that what else the machine does falls on both.
    const pairs = await repeat(times, async () => ({
      unlock: await unlockInParts(usual),
      stall: await longestStall(() => unlock(usual)),
      idle: await longestStall(() => new Promise((resolve) => setTimeout(resolve, 300))),
    }));
    return [
      lineOf({
        benchmark: "keystore",
        measure: "unlock, 256 MiB t=3 p=4",
        value: { amount: median(pairs.map(({ unlock }) => unlock.whole)), unit: "ms" },
        reference: { amount: median(pairs.map(({ unlock }) => unlock.derivation)), unit: "ms", what: "the derivation in it" },
        ratio: median(pairs.map(({ unlock }) => unlock.whole / unlock.derivation)),
        bar: { on: "value", limit: 1_000, sense: "at most" },
      }),
      lineOf({
        benchmark: "keystore",
        measure: "longest stall of the event loop in it",
        value: { amount: median(pairs.map((pair) => pair.stall)), unit: "ms" },
        reference: { amount: median(pairs.map((pair) => pair.idle)), unit: "ms", what: "while nothing is done" },
        bar: { on: "value", limit: 10, sense: "at most" },
      }),
      ...(await measureLarge(large, keys, bytes, times)),
      await measureAudit(usual, isQuick ? 50 : 300),
    ];
  });
}

async function measureLarge(large: Place, keys: number, bytes: number, times: number): Promise<Line[]> {
  const env = { XDG_STATE_HOME: large.stateFolder };
  const place = { folder: "/", env, configFile: undefined, storeUrl: undefined };
  const list = (): Promise<unknown> =>
    listKeys(place, { keystore: large.path, unlock: undefined }, { filterLabel: undefined, sortBy: "created" });
  await list();
  const vault = await openVault({ ...large, passphrase: passphrase() });
  const used = await repeat(times, () => time(() => vault.checkKeys()));
  vault.close();
  return [
    lineOf({
      benchmark: "keystore",
      measure: `a vault of ${keys.toLocaleString("en")} keys`,
      value: { amount: Math.round(bytes / 1000), unit: "kB" },
      note: `${Math.round(bytes / keys)} bytes a key`,
    }),
    lineOf({
      benchmark: "keystore",
      measure: "to list it, locked",
      value: { amount: median(await repeat(times, () => time(list))), unit: "ms" },
    }),
    lineOf({
      benchmark: "keystore",
      measure: "to use each of its keys once more",
      value: { amount: (median(used.slice(1)) * 1000) / keys, unit: "us/key" },
      note: "decrypted and wiped; the first use also derives the address",
    }),
  ];
}

async function measureAudit(place: Place, records: number): Promise<Line> {
  const vault = await openVault({ ...place, passphrase: passphrase() });
  const milliseconds = await time(() => repeat(records, (n) => vault.audit({ kind: "measured", n })));
  vault.close();
  return lineOf({
    benchmark: "keystore",
    measure: "a record of the audit trail, synced",
    value: { amount: milliseconds / records, unit: "ms" },
    note: "with the lock, the check of the trail's end and the note of its head",
  });
}
