/**
 * The signer process: reads the vault's passphrase from its standard input, unlocks, listens, and says one line. Its argument is a JSON document,
 * `SignerOrder`, with places and no secrets.
 */
import { url as inspectorUrl } from "node:inspector";
import { errorJson } from "../../keystore/process/protocol.ts";
import { SignerServer } from "../../keystore/process/server.ts";
import { MfmError } from "../../kernel/errors.ts";
import { machineTime } from "../machine.ts";
import { readSecret } from "./secrets.ts";
import type { SignerOrder } from "./signer-process.ts";
import { ThreadSigner } from "./thread-signer.ts";

// Node opens a debugger on this signal, with which anybody of this user could read every key. A handler of our own takes it away.
process.on("SIGUSR1", () => undefined);
const stdin = 0;

function say(line: object, then: () => void = () => undefined): void {
  process.stdout.write(`${JSON.stringify(line)}\n`, then);
}

async function serve(order: SignerOrder): Promise<void> {
  if (inspectorUrl() !== undefined) throw new MfmError("SIGNER_UNSAFE", "a debugger is open in this process", {});
  const { folder, idleMs, withoutPolicy } = order;
  const place = { folder: "/", env: {}, configFile: undefined, storeUrl: undefined };
  const passphrase = await readSecret(place, { kind: "fd", fd: stdin }, "passphrase of the vault");
  const signer = await ThreadSigner.open(order, passphrase);
  const server = new SignerServer({
    signer,
    vaultId: signer.vaultId,
    folder,
    clock: machineTime,
    idleMs,
    withoutPolicy,
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

try {
  await serve(JSON.parse(process.argv[2] ?? "") as SignerOrder);
} catch (error) {
  // The thread with the vault would keep the process.
  say({ error: errorJson(error) }, () => process.exit(1));
}
