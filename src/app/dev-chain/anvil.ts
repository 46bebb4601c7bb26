/** One anvil process on a loopback port: started, watched, ended. It keeps everything in memory, writes no file, and mines when told to. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { MfmError } from "../../kernel/errors.ts";
import { findAnvil } from "./anvil-binary.ts";

export interface AnvilOptions {
  readonly chainId: number;
  /** 0: any free one. */
  readonly port: number;
}

export interface Anvil {
  readonly url: string;
  /** Of anvil itself. */
  readonly pid: number;
  /** Resolves when the process is gone, whoever ended it. */
  readonly ended: Promise<void>;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Older states are forgotten; without a number anvil would write them to the home folder and leave them there. */
const statesKept = 2000;
/** The genesis block is that much older than now, so that blocks mined at once at the start are not of the future. */
const headStartSeconds = 5;
const startLimitMs = 60_000;

/**
 * A chain that answers. It ends with `stop`, and with the process that called this.
 * @throws DEV_CHAIN_UNAVAILABLE when anvil is not installed
 * @throws DEV_CHAIN_FAILED when it does not start, such as on a port that is taken
 */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  const leash = fileURLToPath(new URL("./anvil-leash.js", import.meta.url));
  // In a group of its own: Ctrl-C reaches the owner, who stops it in order.
  const child = spawn(process.execPath, [leash, findAnvil(), ...argumentsOf(options)], { stdio: ["pipe", "pipe", "pipe"], detached: true });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // The leash may be gone already.
  child.stdin.on("error", () => undefined);
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  try {
    const { pid, address } = await listening(child);
    return { url: `http://${address}`, pid, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function argumentsOf({ chainId, port }: AnvilOptions): string[] {
  const genesis = Math.floor(Date.now() / 1000) - headStartSeconds;
  const where = ["--host", "127.0.0.1", "--port", String(port)];
  const what = ["--chain-id", String(chainId), "--timestamp", String(genesis), "--no-mining"];
  // safe is one block behind the head, finalized two.
  return [...where, ...what, "--slots-in-an-epoch", "1", "--prune-history", String(statesKept)];
}

interface Listening {
  readonly pid: number;
  readonly address: string;
}

/** Reads what the process says until it listens; after that its words are dropped, but read on, so that it is never held up. */
async function listening(child: ChildProcessWithoutNullStreams): Promise<Listening> {
  let out = "";
  let err = "";
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new MfmError("DEV_CHAIN_FAILED", why, { anvil: lastLine(err) ?? lastLine(out) ?? null }));
    const timer = setTimeout(() => fail(`anvil did not start within ${startLimitMs / 1000} s`), startLimitMs);
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err = (err + text).slice(-2000)));
    const read = (text: string): void => {
      out += text;
      const [, address] = /^Listening on (\S+)$/m.exec(out) ?? [];
      const [, pid] = /^pid (\d+)$/m.exec(out) ?? [];
      if (address === undefined || pid === undefined) return;
      clearTimeout(timer);
      child.stdout.off("data", read).resume();
      resolve({ pid: Number(pid), address });
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.once("error", (error) => fail(`anvil cannot be started: ${error.message}`));
    child.once("close", () => {
      clearTimeout(timer);
      fail("anvil ended before it listened");
    });
  });
}

function lastLine(text: string): string | undefined {
  return text.trim().split("\n").at(-1);
}
