/**
 * A process of the crash tests: signs payments for one nonce after the other, and kills itself at a named point. Arguments: one JSON document,
 * `SigningOrder`. It writes the hash of what it gave out, a line each.
 */
import { NonceGuard } from "../../src/keystore/guard/guard-file.ts";
import { VaultSigner } from "../../src/keystore/vault-signer.ts";
import { openVault } from "../../src/keystore/vault/open-vault.ts";
import { answerOf } from "./payments.ts";
import { senderOf } from "./signer-lab.ts";
import { passphrase, quickDerive } from "./vault-lab.ts";

export interface SigningOrder {
  readonly path: string;
  readonly stateFolder: string;
  readonly guardPath: string;
  /** What it decides: the intents of several processes for one nonce differ. */
  readonly name: string;
  readonly nonces: readonly number[];
  /** Kill this process with SIGKILL at its n-th point, counted from 0; negative: never. */
  readonly killAt: number;
}

const { path, stateFolder, guardPath, name, nonces, killAt } = JSON.parse(process.argv[2] ?? "") as SigningOrder;
let points = 0;
const at = (): void => {
  if (points++ === killAt) process.kill(process.pid, "SIGKILL");
};
const session = await openVault({ path, stateFolder, passphrase: passphrase(), derive: quickDerive, reached: at });
const guard = await NonceGuard.open({ path: guardPath, at });
const signer = new VaultSigner({ session, guard, now: Date.now, agree: async () => true });
const sender = await senderOf(signer);
for (const nonce of nonces) process.stdout.write(`${nonce} ${await answerOf(signer, sender, { name, nonce })}\n`);
process.stdout.write(`points ${points}\n`);
