/** The real command in a home with a vault: its keys are known, its passphrase is in a file, and a signer process that was started is ended. */
import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { kdfFloor } from "../../src/keystore/vault/kdf.ts";
import { createVault } from "../../src/keystore/vault/open-vault.ts";
import { testKey } from "../e2e/keystore-home.ts";
import { type CallOptions, type Document, type Ended, Home } from "../e2e/mfm.ts";

export interface NewKey {
  readonly label: string;
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
}

export const passphrase = "a passphrase for tests";

export class SignerHome extends Home {
  readonly unlock = ["--unlock-file", "passphrase.txt"];
  readonly vaultPath = this.path("data/mfm/keystore.json");
  readonly stateFolder = this.path(".local/state/mfm");
  readonly signerFolder = this.path(".local/state/mfm/signer");

  static async open(keys: readonly NewKey[], kind: "cold" | "warm" = "cold"): Promise<SignerHome> {
    const home = new SignerHome({}, kind);
    home.write("passphrase.txt", `${passphrase}\n`);
    chmodSync(home.path("passphrase.txt"), 0o600);
    mkdirSync(dirname(home.vaultPath), { recursive: true, mode: 0o700 });
    const vault = await createVault({
      path: home.vaultPath,
      stateFolder: `${home.stateFolder}/keystore`,
      passphrase: new TextEncoder().encode(passphrase),
      cost: kdfFloor,
    });
    for (const { label, privateKey } of keys) await vault.addKey({ label, kind: { type: "private-key" }, privateKey }, "key-imported");
    vault.close();
    return home;
  }

  /** With the key of anvil's first account. */
  static openTreasury(): Promise<SignerHome> {
    return SignerHome.open([{ label: "treasury", privateKey: Buffer.from(testKey.slice(2), "hex") }], "warm");
  }

  /** With the vault unlocked for this command. */
  async unlocked(args: readonly string[], options: CallOptions = {}): Promise<Ended & Document> {
    return this.json([...args, ...this.unlock], options);
  }

  /** Ends the signer process too, if one runs. */
  async close(): Promise<void> {
    await this.json(["signer", "stop"]);
    this.remove();
  }
}
