/**
 * The signer process: reads the vault's passphrase from its standard input, unlocks, listens, and says one line. Its argument is a JSON document,
 * `SignerOrder`, with places and no secrets.
 */
import { url as inspectorUrl } from "node:inspector";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { NonceGuard } from "../../keystore/guard/guard-file.ts";
import { errorJson } from "../../keystore/process/protocol.ts";
import { SignerServer } from "../../keystore/process/server.ts";
import { VaultSigner } from "../../keystore/vault-signer.ts";
import { openVault } from "../../keystore/vault/open-vault.ts";
import { MfmError } from "../../kernel/errors.ts";
import { machineTime } from "../machine.ts";
import { readSecret } from "./secrets.ts";
import type { SignerOrder } from "./signer-process.ts";
import { guardPath } from "./signers.ts";

// Node opens a debugger on this signal, with which anybody of this user could read every key. A handler of our own takes it away.
process.on("SIGUSR1", () => undefined);
const stdin = 0;

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function serve(order: SignerOrder): Promise<void> {
  if (inspectorUrl() !== undefined) throw new MfmError("SIGNER_UNSAFE", "a debugger is open in this process", {});
  const { path, stateFolder, folder, idleMs, withoutPolicy } = order;
  const place = { folder: "/", env: {}, configFile: undefined, storeUrl: undefined };
  const passphrase = await readSecret(place, { kind: "fd", fd: stdin }, "passphrase of the vault");
  const session = await openVault({ path, stateFolder, passphrase }).finally(() => passphrase.fill(0));
  const guard = await NonceGuard.open({ path: guardPath(stateFolder) });
  const signer = new VaultSigner({
    session,
    guard,
    now: () => machineTime.now(),
    ...(withoutPolicy === "everything" ? { agree: async () => true } : {}),
  });
  const server = new SignerServer({
    signer,
    vaultId: session.vaultId,
    folder,
    clock: machineTime,
    idleMs,
    withoutPolicy,
    lock: () => {
      session.close();
      forget();
    },
    onStop: () => void end(0),
  });
  const end = async (code: number): Promise<void> => {
    await server.close();
    process.exit(code);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void end(0));
  // Whoever started it is gone; what nobody expected ends it, without words that nobody could check for secrets.
  for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, () => void end(1));
  await server.listen();
  say({ ready: server.status });
}

/** Numbers that were keys are garbage by now, and stay in memory until they are collected: so they are, and free memory is overwritten. */
function forget(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // Twice: what the first moves to the old generation the second frees.
  collect();
  collect();
}

try {
  await serve(JSON.parse(process.argv[2] ?? "") as SignerOrder);
} catch (error) {
  say({ error: errorJson(error) });
  process.exitCode = 1;
}
