/** One shell session, as a reader of a page has it: commands one after the other, in one folder, with `mfm` and `npx mfm` on the path. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./pages.ts";
import { StandIn, canStandIn, standInScript } from "./stand-in.ts";

export interface Printed {
  readonly code: number;
  /** Of both streams, as a terminal shows them. */
  readonly lines: readonly string[];
}

const mark = "\u0001";

export class Shell {
  /** Where it works; also the home of its user. */
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #standIn: StandIn | undefined;
  #printed = "";
  #onPrinted: () => void = () => undefined;

  /** `folder` is empty or not there; `cache` is shared by several shells; in a warm one most command lines of `mfm` start no process of Node. */
  constructor(folder: string, { cache, kind }: { readonly cache: string; readonly kind: "cold" | "warm" }) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    linkPackages(folder);
    const isWarm = kind === "warm" && canStandIn;
    const path = [writeCommands(`${folder}.bin`, isWarm), process.env["PATH"] ?? ""].join(delimiter);
    const env = { PATH: path, HOME: folder, XDG_CACHE_HOME: cache, LANG: "C.UTF-8", NO_COLOR: "1" };
    this.#standIn = isWarm ? new StandIn(ordersIn(`${folder}.bin`)) : undefined;
    // Its output is a pipe, as a shell makes it: unlike a socket it can be opened by name.
    this.#child = spawn("sh", ["-c", "sh | cat"], { cwd: folder, env, stdio: ["pipe", "pipe", "pipe"], detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#printed += chunk.toString("utf8");
        this.#onPrinted();
      });
    }
    this.#child.on("close", () => this.#onPrinted());
    this.#write("exec 2>&1\n");
  }

  async run(command: string): Promise<Printed> {
    this.#printed = "";
    this.#write(`{ ${command}\n} < /dev/null; last=$?; printf '${mark}%s${mark}\\n' "$last"; (exit "$last")\n`);
    const end = new RegExp(`${mark}(\\d+)${mark}\n$`);
    for (let found = end.exec(this.#printed); ; found = end.exec(this.#printed)) {
      if (found !== null) return { code: Number(found[1]), lines: linesOf(this.#printed.slice(0, found.index)) };
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`the shell ended during: ${command}\n${this.#printed}`);
      await new Promise<void>((resolve) => (this.#onPrinted = resolve));
    }
  }

  /** Ends it, and what it left running. */
  close(): void {
    this.#standIn?.close();
    if (this.#child.pid === undefined || this.#child.exitCode !== null) return;
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      this.#child.kill("SIGKILL");
    }
  }

  #write(text: string): void {
    this.#child.stdin?.write(text);
  }
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** As `timeout`, but the clock starts when the command says something: how long a busy machine takes to start it is not the page's matter. */
const timeout = `case "$1" in
  -s) signal=$2; shift 2;;
  --preserve-status) signal=TERM; shift;;
  *) echo "timeout $*: not in this test"; exit 1;;
esac
seconds=$1; shift; said="$0.$$"; mkfifo "$said"
"$@" > "$said" 2>&1 & child=$!
{
  IFS= read -r line && printf '%s\\n' "$line"
  { sleep "$seconds"; kill -s "$signal" "$child"; } > /dev/null 2>&1 & clock=$!
  cat
  kill "$clock"
} < "$said" 2> /dev/null
wait "$child" 2> /dev/null; code=$?
rm "$said"
[ "$signal" = KILL ] && [ "$code" = 137 ] && kill -s KILL $$
exit "$code"`;

const mfmItself = `exec "${process.execPath}" "${root}bin/mfm.js" "$@"`;

/** `npm ci` is what this checkout went through before its tests could run. */
const commands: { readonly [name: string]: string } = {
  npx: 'test "$1" = mfm && shift && exec mfm "$@"; echo "npx $1: not in this test"; exit 1',
  npm: 'test "$*" = ci || { echo "npm $*: not in this test"; exit 1; }',
  timeout,
  node: `exec "${process.execPath}" ${typeScript()} "$@"`,
};

const ordersIn = (folder: string): string => join(folder, ".orders");

function writeCommands(folder: string, isWarm: boolean): string {
  mkdirSync(folder);
  const mfm = isWarm ? standInScript(ordersIn(folder), mfmItself) : mfmItself;
  for (const [name, script] of Object.entries({ ...commands, mfm })) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** What `npm init` and `npm install` would have put there. */
export function linkPackages(folder: string): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const packages = join(folder, "node_modules");
  mkdirSync(join(packages, "@types"), { recursive: true });
  symlinkSync(root, join(packages, "mfm"));
  for (const name of ["zod", "@types/node"]) symlinkSync(join(root, "node_modules", name), join(packages, name));
}

/** From 22.18 on Node runs TypeScript as it is; before, jiti does what it would do. */
function typeScript(): string {
  if ("typescript" in process.features && process.features.typescript !== false) return "";
  return `"--import=${pathToFileURL(join(root, "node_modules", "jiti", "lib", "jiti-register.mjs")).href}"`;
}
