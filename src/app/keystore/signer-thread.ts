/**
 * The thread of the signer process that holds the vault: its memory, with all that was ever a key in it, is given back to the system when the
 * thread ends. JavaScript cannot wipe numbers; this does.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Json } from "../../kernel/json.ts";
import { NonceGuard } from "../../keystore/guard/guard-file.ts";
import { type JsonSigner, jsonSigner } from "../../keystore/process/json-signer.ts";
import { errorJson } from "../../keystore/process/protocol.ts";
import { VaultSigner } from "../../keystore/vault-signer.ts";
import { openVault } from "../../keystore/vault/open-vault.ts";
import { machineTime } from "../machine.ts";
import type { Asked, Told } from "./thread-signer.ts";
import type { SignerOrder } from "./signer-process.ts";
import { guardPath } from "./signers.ts";

const { order, passphrase } = workerData as { readonly order: SignerOrder; readonly passphrase: Uint8Array };

function tell(told: Told): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(told);
}

async function serve(): Promise<void> {
  const { path, stateFolder, withoutPolicy } = order;
  const session = await openVault({ path, stateFolder, passphrase }).finally(() => passphrase.fill(0));
  const guard = await NonceGuard.open({ path: guardPath(stateFolder) });
  const agree = withoutPolicy === "everything" ? async () => true : undefined;
  const signer = jsonSigner(new VaultSigner({ session, guard, now: () => machineTime.now(), agree }));
  const working = new Set<Promise<void>>();
  const close = async (): Promise<void> => {
    await Promise.all(working);
    session.close();
    await guard.close();
    parentPort?.close();
  };
  parentPort?.on("message", (asked: Asked) => {
    if (asked.kind === "close") return void close();
    const work: Promise<void> = answer(signer, asked).finally(() => working.delete(work));
    working.add(work);
  });
  tell({ kind: "opened", vaultId: session.vaultId });
}

async function answer(signer: JsonSigner, asked: Exclude<Asked, { kind: "close" }>): Promise<void> {
  const { id } = asked;
  try {
    tell({ kind: "answered", id, result: await resultOf(signer, asked) });
  } catch (error) {
    tell({ kind: "refused", id, error: errorJson(error) });
  }
}

function resultOf(signer: JsonSigner, asked: Exclude<Asked, { kind: "close" }>): Promise<Json> {
  switch (asked.kind) {
    case "accounts":
      return signer.accounts();
    case "sign":
      return signer.sign(asked.intent);
    case "check":
      return signer.check(asked.intent);
    case "signedNonces":
      return signer.signedNonces(asked.range);
  }
}

try {
  await serve();
} catch (error) {
  tell({ kind: "failed", error: errorJson(error) });
}
