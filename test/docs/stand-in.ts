/**
 * `mfm` for a shell, without a start of Node for each command line. A script on the path says which process it is; this one runs its command line where the
 * code is loaded, with the arguments, folder, variables, umask and streams that Linux shows of the script, and tells it the exit code.
 */
import { spawnSync } from "node:child_process";
import { constants, existsSync, openSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { runWarm } from "../e2e/warm.ts";

/** Needs what Linux shows of a process. */
export const canStandIn = existsSync("/proc/self/environ");

/** What a process does (it is killed, starts others, stays) is shown by `mfm` itself: `cold` is the script that starts it. */
export function standInScript(orders: string, cold: string): string {
  return `read -r parent < "/proc/$PPID/comm"
case "$parent $*" in "timeout "*|*" demo"*|*" worker"*|*"signer start"*) ${cold};; esac
mkfifo "${orders}.$$"
echo "$$" > "${orders}"
read -r code < "${orders}.$$"
rm "${orders}.$$"
exit "$code"`;
}

export class StandIn {
  readonly #orders: string;
  readonly #socket: Socket;

  /** `orders` is the path of the pipe that the script writes to; it is made here. */
  constructor(orders: string) {
    this.#orders = orders;
    assertMade(orders);
    // Open for writing too: it never ends.
    this.#socket = new Socket({ fd: openSync(orders, constants.O_RDWR | constants.O_NONBLOCK), readable: true, writable: false });
    createInterface({ input: this.#socket }).on("line", (pid) => void this.#answer(pid));
  }

  close(): void {
    this.#socket.destroy();
  }

  async #answer(pid: string): Promise<void> {
    writeFileSync(`${this.#orders}.${pid}`, `${await run(pid).catch(notRun)}\n`);
  }
}

function assertMade(path: string): void {
  const { status, stderr } = spawnSync("mkfifo", [path], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

function notRun(error: unknown): number {
  console.error(error);
  return 70;
}

async function run(pid: string): Promise<number> {
  const of = (name: string): string => `/proc/${pid}/${name}`;
  const listed = (name: string): string[] => readFileSync(of(name), "utf8").split("\0").slice(0, -1);
  // The interpreter and the script come before.
  const args = listed("cmdline").slice(2);
  const env = Object.fromEntries(
    listed("environ").map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
  const umask = Number.parseInt(/^Umask:\s*([0-7]+)$/m.exec(readFileSync(of("status"), "utf8"))?.[1] ?? "", 8);
  const input = readlinkSync(of("fd/0")) === "/dev/null" ? "" : await readFile(of("fd/0"), "utf8");
  const { code, said } = await runWarm({ args, folder: readlinkSync(of("cwd")), env, input, umask });
  for (const [stream, text] of said) await appendFile(of(stream === "out" ? "fd/1" : "fd/2"), text);
  return code;
}
