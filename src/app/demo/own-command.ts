/** The command `mfm` of this very installation as a child process: what a person would type, run for them. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Surroundings {
  readonly folder: string;
  readonly env: { readonly [name: string]: string | undefined };
  /** Aborted: the process is killed. */
  readonly signal: AbortSignal;
}

export interface Ended {
  readonly code: number | null;
  readonly killed: boolean;
  readonly out: string;
  readonly err: string;
}

export interface OwnCommand {
  readonly ended: Promise<Ended>;
  /** SIGKILL: no time to finish anything. */
  kill(): void;
}

const program = fileURLToPath(new URL("../../../../bin/mfm.js", import.meta.url));

export function startOwnCommand(args: readonly string[], { folder, env, signal }: Surroundings): OwnCommand {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
  });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  let failed: Error | undefined;
  child.on("error", (error) => (failed = error));
  // Not before it is gone: its folder may be removed then.
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("close", (code, by) => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (failed !== undefined) reject(failed);
      else resolve({ code, killed: by === "SIGKILL", ...said });
    });
  });
  return { ended, kill: () => void child.kill("SIGKILL") };
}
