import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VaultLab, keyOf, quickDerive } from "../../../test/keystore/vault-lab.ts";

describe("opening a vault", () => {
  it("takes a version that another process wrote during the derivation for the latest, not its own for an older one", async () => {
    const lab = new VaultLab();
    await lab.fill(1);
    const vault = await lab.open({
      derive: async (phrase, kdf) => {
        const other = await lab.open();
        await other.addKey({ label: "meanwhile", kind: { type: "private-key" }, privateKey: keyOf(2) }, "key-imported");
        other.close();
        return quickDerive(phrase, kdf);
      },
    });
    assert.deepEqual(
      vault.entries().map(({ label }) => label),
      ["key 1", "meanwhile"],
    );
    vault.close();
    lab.remove();
  });
});
