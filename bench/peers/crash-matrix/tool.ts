/** A tool that deploys, as the crash matrix and the comparison of deployments run it: a command line in a folder that keeps what it knows. */
import { type ChildProcess, spawn } from "node:child_process";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Besides `PATH`, and `HOME` and `TMPDIR`, which are the folder it works in. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Workplace {
  /** Empty at first, and the same for every run of one task. */
  readonly folder: string;
  /** Of the chain: JSON-RPC over HTTP. */
  readonly url: string;
}

export interface Tool {
  readonly name: string;
  readonly version: string;
  /** Does all that needs no chain: projects, compiled contracts, configuration, keys. */
  readonly prepare: (place: Workplace) => Promise<void>;
  /** Begins the task. */
  readonly start: (place: Workplace) => Command;
  /** Goes on with it after it broke off, as the tool's manual says: nothing is edited, looked up or cleaned. */
  readonly resume: (place: Workplace) => Command;
}

/** How a run ended: with an exit code, by a signal from outside, or not within its time. */
export type Ending =
  | { readonly kind: "exit"; readonly code: number; readonly said: string }
  | { readonly kind: "killed"; readonly said: string }
  | { readonly kind: "hung"; readonly said: string };

export interface RunningCommand {
  readonly ending: Promise<Ending>;
  /** With SIGKILL; it is gone when this resolves. */
  readonly kill: () => Promise<void>;
}

/** How much of what it says is kept: its last words. */
const keptChars = 4000;

export function runCommand({ file, args, env }: Command, folder: string, limitMs: number): RunningCommand {
  const child = spawn(file, args, {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, TMPDIR: folder, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const abandon = (): void => void child.kill("SIGKILL");
  process.once("exit", abandon);
  const ending = endingOf(child, limitMs).finally(() => process.off("exit", abandon));
  return {
    ending,
    async kill() {
      child.kill("SIGKILL");
      await ending;
    },
  };
}

function endingOf(child: ChildProcess, limitMs: number): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let said = "";
    let isLate = false;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-keptChars)));
    const limit = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, limitMs);
    child.once("error", reject).once("close", (code) => {
      clearTimeout(limit);
      if (code !== null) resolve({ kind: "exit", code, said });
      else resolve({ kind: isLate ? "hung" : "killed", said });
    });
  });
}
