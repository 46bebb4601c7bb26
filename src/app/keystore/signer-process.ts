/** Starting the signer process, and looking after it: a process of its own, without a controlling terminal, that makes no core dumps. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isJsonObject, type Json } from "../../kernel/json.ts";
import type { SignerClient } from "../../keystore/process/client.ts";
import { type SignerStatus, readError } from "../../keystore/process/protocol.ts";
import { closing } from "../closing.ts";
import { failure } from "../failure.ts";
import type { Place } from "../place.ts";
import { locateVault } from "./location.ts";
import { connectSigner, signerFolder } from "./signers.ts";
import type { VaultChoice } from "./unlock.ts";

export interface SignerOrder {
  readonly path: string;
  readonly stateFolder: string;
  readonly folder: string;
  readonly idleMs: number;
  readonly withoutPolicy: SignerStatus["withoutPolicy"];
}

export interface StartSigner {
  readonly idleMinutes: number;
  readonly withoutPolicy: SignerStatus["withoutPolicy"];
  /** Told of the process once it serves; the start then lasts until the process ends. Absent: it is left running. */
  readonly stay?: (status: SignerStatus) => AbortSignal;
}

const program = fileURLToPath(new URL("./signer-child.js", import.meta.url));
/** Free memory is overwritten with zeros: what was a key is gone when it was collected. */
const nodeFlags = ["--clear-free-memory"];
/** The same for what glibc frees, whose cache for each thread would leave it out; other libraries do not know these names. */
const allocator = { GLIBC_TUNABLES: "glibc.malloc.perturb=1:glibc.malloc.tcache_count=0", MALLOC_PERTURB_: "1" };

/**
 * Unlocks the vault in a new process. A signer that is locked is ended and replaced.
 * @throws SIGNER_RUNNING when one is unlocked; SIGNER_UNSAFE under a debugger; and what unlocking a vault throws
 * @throws SIGNER_NOT_RUNNING when it was to stay, and ended otherwise than it was told to
 */
export async function startSigner(place: Place, choice: VaultChoice, start: StartSigner): Promise<SignerStatus> {
  assertNoDebugger(process.execArgv, place.env["NODE_OPTIONS"]);
  await endLocked(place);
  const at = await locateVault(place, choice.keystore);
  const { readVaultPassphrase } = await import("./unlock.ts");
  const passphrase = await readVaultPassphrase(place, choice.unlock);
  const { idleMinutes, withoutPolicy } = start;
  const order: SignerOrder = { ...at, folder: signerFolder(place), idleMs: idleMinutes * 60_000, withoutPolicy };
  const child = launch(order);
  child.stdin?.end(passphrase, () => passphrase.fill(0));
  const status = await firstLine(child);
  if (start.stay === undefined) {
    child.stdout?.destroy();
    child.unref();
    return status;
  }
  const signal = start.stay(status);
  signal.addEventListener("abort", () => child.kill("SIGTERM"));
  const end = await new Promise<number | string>((resolve) => child.once("exit", (code, by) => resolve(code ?? by ?? "unknown")));
  if (end !== 0) throw failure("SIGNER_NOT_RUNNING", `the signer process ended with ${end}`, { pid: status.pid });
  return status;
}

/** Whoever debugs a process reads its memory. @throws SIGNER_UNSAFE */
function assertNoDebugger(execArgv: readonly string[], nodeOptions: string | undefined): void {
  const options = [...execArgv, ...(nodeOptions ?? "").split(/\s+/)];
  const found = options.find((option) => /^["']?--(?:inspect|debug)/.test(option));
  if (found === undefined) return;
  const option = found.replaceAll(/["']|=.*/g, "");
  throw failure("SIGNER_UNSAFE", `${option} is in Node's options, and a debugger reads every key`, { option });
}

async function endLocked(place: Place): Promise<void> {
  const running = await connectSigner(place);
  if (running === undefined) return;
  const { state, pid } = await running.status();
  if (state === "unlocked") {
    await running.close();
    throw failure("SIGNER_RUNNING", `the signer process ${pid} is running and unlocked`, { pid });
  }
  await running.stop();
}

/** By a shell, which alone can say that there shall be no core dump. Of the environment nothing but what a system needs. */
function launch(order: SignerOrder): ChildProcess {
  const { PATH, HOME, LANG, TZ } = process.env;
  const env = Object.fromEntries(Object.entries({ PATH, HOME, LANG, TZ, ...allocator }).filter(([, value]) => value !== undefined));
  const words = ["-c", 'ulimit -c 0 && exec "$0" "$@"', process.execPath, ...nodeFlags, program, JSON.stringify(order)];
  return spawn("/bin/sh", words, { cwd: "/", env, detached: true, stdio: ["pipe", "pipe", "ignore"] });
}

async function firstLine(child: ChildProcess): Promise<SignerStatus> {
  let text = "";
  child.stdin?.on("error", () => undefined);
  child.stdout?.setEncoding("utf8");
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.once("error", (error) => reject(failure("INTERNAL", "the signer process cannot be started", {}, error)));
    child.once("exit", (code, signal) => {
      if (!text.includes("\n")) reject(failure("INTERNAL", `the signer process ended at once: ${code ?? signal}`));
    });
  });
  const said = JSON.parse(line) as Json;
  if (isJsonObject(said) && said["ready"] !== undefined) return said["ready"] as unknown as SignerStatus;
  throw readError(isJsonObject(said) ? said["error"] : undefined);
}

/** @throws SIGNER_NOT_RUNNING */
export function signerStatus(place: Place): Promise<SignerStatus> {
  return withRunning(place, (client) => client.status());
}

/** Its keys are wiped; it goes on answering, so that `status` says so. @throws SIGNER_NOT_RUNNING */
export function lockSigner(place: Place): Promise<SignerStatus> {
  return withRunning(place, (client) => client.lock());
}

/** Gone when it resolves. @throws SIGNER_NOT_RUNNING */
export function stopSigner(place: Place): Promise<{ readonly pid: number }> {
  return withRunning(place, async (client) => {
    const { pid } = await client.status();
    await client.stop();
    return { pid };
  });
}

async function withRunning<T>(place: Place, work: (client: SignerClient) => Promise<T>): Promise<T> {
  const client = await connectSigner(place);
  if (client === undefined) throw failure("SIGNER_NOT_RUNNING", "no signer process runs", { folder: signerFolder(place) });
  return closing(client, () => work(client));
}
