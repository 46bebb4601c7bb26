/**
 * A process of the crash tests: does one thing to a vault, and kills itself at a fault point of the write.
 * Arguments: one JSON document, `VaultOrder`. Puts out the names of the points that it passed, where it is not killed.
 */
import { kdfFloor } from "../../src/keystore/vault/kdf.ts";
import { createVault, newKdf, openVault } from "../../src/keystore/vault/open-vault.ts";
import { normalizePassphrase } from "../../src/keystore/vault/passphrase.ts";
import { keyOf, passphrase, quickDerive } from "../keystore/vault-lab.ts";

export interface VaultOrder {
  readonly path: string;
  readonly stateFolder: string;
  readonly work: { readonly kind: "create" } | { readonly kind: "rekey" } | { readonly kind: "import"; readonly keys: readonly number[] };
  /** Kill this process with SIGKILL at its n-th point, counted from 0; negative: never. */
  readonly killAt: number;
}

const nextPassphrase = "the next passphrase";

const points: string[] = [];
const order = JSON.parse(process.argv[2] ?? "") as VaultOrder;
const options = {
  path: order.path,
  stateFolder: order.stateFolder,
  passphrase: passphrase(),
  derive: quickDerive,
  reached: (point: string) => {
    if (points.push(point) - 1 === order.killAt) process.kill(process.pid, "SIGKILL");
  },
};
const { work } = order;
if (work.kind === "create") await createVault({ ...options, cost: kdfFloor });
else {
  const vault = await openVault(options);
  if (work.kind === "rekey") await vault.rekey({ passphrase: normalizePassphrase(Buffer.from(nextPassphrase)), kdf: newKdf(kdfFloor) });
  else {
    for (const byte of work.keys)
      await vault.addKey({ label: `key ${byte}`, kind: { type: "private-key" }, privateKey: keyOf(byte) }, "key-imported");
  }
}
process.stdout.write(JSON.stringify(points));
