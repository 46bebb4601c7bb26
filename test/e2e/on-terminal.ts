/** The command on a terminal of its own, as a person has it before them: Python's pty module makes one on every system. */
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { type CallOptions, type Home, Running, binary } from "./mfm.ts";

/** Ends as what it has run. */
const relay = "import os, pty, sys\nsys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

export const keys = { interrupt: "\u0003", endOfInput: "\u0004", escape: "\u001b" } as const;

/** Both streams are one on a terminal: `out`. What is written to the process's stdin is typed. */
export function startOnTerminal(home: Home, args: readonly string[], { env = {} }: CallOptions = {}): Running {
  const own = Object.entries({ ...home.environment(env), TERM: "xterm" }).map(([name, value]) => `${name}=${value}`);
  // A terminal has a size: what is asked is wrapped to it.
  const command = ["env", "-i", ...own, "sh", "-c", 'stty cols 200 rows 50; exec "$@"', "sh", process.execPath, binary, ...args];
  return new Running(spawn("python3", ["-c", relay, ...command], { cwd: home.folder, stdio: ["pipe", "pipe", "pipe"] }));
}

/** What a screen shows, without colours, as lines. */
export function readScreen(shown: string): string {
  return stripVTControlCharacters(shown).replaceAll("\r\n", "\n");
}
