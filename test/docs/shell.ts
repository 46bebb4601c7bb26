/** One shell session, as a reader of a page has it: commands one after the other, in one folder, with `mfm` and `npx mfm` on the path. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./pages.ts";

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
  #printed = "";
  #onPrinted: () => void = () => undefined;

  /** `folder` is empty or not there; `cache` is shared by several shells. */
  constructor(folder: string, cache: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    linkPackages(folder);
    const path = [writeCommands(`${folder}.bin`), process.env["PATH"] ?? ""].join(delimiter);
    const env = { PATH: path, HOME: folder, XDG_CACHE_HOME: cache, LANG: "C.UTF-8", NO_COLOR: "1" };
    this.#child = spawn("sh", [], { cwd: folder, env, stdio: ["pipe", "pipe", "pipe"], detached: true });
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

/** `npm ci` is what this checkout went through before its tests could run. */
const commands: { readonly [name: string]: string } = {
  mfm: `exec "${process.execPath}" "${root}bin/mfm.js" "$@"`,
  npx: 'test "$1" = mfm && shift && exec mfm "$@"; echo "npx $1: not in this test"; exit 1',
  npm: 'test "$*" = ci || { echo "npm $*: not in this test"; exit 1; }',
  node: `exec "${process.execPath}" ${typeScript()} "$@"`,
};

function writeCommands(folder: string): string {
  mkdirSync(folder);
  for (const [name, script] of Object.entries(commands)) {
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
