/** A home with a vault in it, and the secrets that open it. */
import { chmodSync } from "node:fs";
import { Home } from "./mfm.ts";

/** Known to everybody (hardhat, anvil). */
export const testMnemonic = "test test test test test test test test test test test junk";
export const testKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
export const testAddress = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

export const vaultPassphrase = "correct horse battery";

export class KeystoreHome extends Home {
  readonly unlock: readonly string[] = ["--unlock-file", this.secret("vault.pass", `${vaultPassphrase}\n`)];

  /** A file that only this user may read. */
  secret(name: string, text: string): string {
    const path = this.write(name, text);
    chmodSync(path, 0o600);
    return path;
  }

  init(): Promise<unknown> {
    return this.data(["keystore", "init", "--kdf-memory", "64", ...this.unlock]);
  }

  async import(type: string, secret: string, ...more: readonly string[]) {
    return this.json(["keystore", "import", "--import-type", type, "--stdin", ...more, ...this.unlock], { input: secret });
  }
}
