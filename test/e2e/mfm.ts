/** The command in a home of its own: a working folder, a data folder, and nothing of whoever runs the tests. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runWarm } from "./warm.ts";

export const binary = fileURLToPath(new URL("../../../bin/mfm.js", import.meta.url));

/** A command that takes longer hangs, however busy the machine is. */
const limitMs = 120_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface CallOptions {
  readonly input?: string;
  readonly env?: { readonly [name: string]: string };
  readonly folder?: string;
  /** Cold: in a process of its own. As the home unless said. */
  readonly kind?: "cold" | "warm";
}

/** A document as programs read it. */
export interface Document {
  readonly status: string;
  readonly data: Fields;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string; readonly details: Fields };
}
export type Fields = { readonly [name: string]: unknown };

export class Home {
  readonly folder = mkdtempSync(join(tmpdir(), "mfm-e2e-"));

  readonly #kind: "cold" | "warm";

  /** Commands that are called in a warm home run in processes that have loaded their code: for tests of what is said. */
  constructor(files: { readonly [path: string]: string } = {}, kind: "cold" | "warm" = "cold") {
    this.#kind = kind;
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Nothing of whoever runs the tests. */
  environment(more: { readonly [name: string]: string }): { readonly [name: string]: string | undefined } {
    return {
      PATH: process.env["PATH"],
      HOME: this.folder,
      XDG_DATA_HOME: this.path("data"),
      XDG_CACHE_HOME: join(tmpdir(), "mfm-e2e-cache"),
      ...more,
    };
  }

  start(args: readonly string[], { env = {}, folder = this.folder }: CallOptions = {}): Running {
    return new Running(
      spawn(process.execPath, [binary, ...args], {
        cwd: folder,
        env: this.environment(env),
        stdio: ["pipe", "pipe", "pipe"],
      }),
    );
  }

  async call(args: readonly string[], options: CallOptions = {}): Promise<Ended> {
    const { input = "", env = {}, folder = this.folder, kind = this.#kind } = options;
    if (kind === "cold") {
      const running = this.start(args, options);
      running.type(input);
      return running.ended;
    }
    const { code, said } = await runWarm({ args, folder, input, env: this.environment(env) });
    const [out, err] = (["out", "err"] as const).map((stream) => said.flatMap(([of, text]) => (of === stream ? [text] : [])).join(""));
    return { code, signal: null, out: out ?? "", err: err ?? "" };
  }

  /** Calls with JSON, and reads the one document: on stdout where it succeeded, else on stderr with stdout empty. */
  async json(args: readonly string[], options: CallOptions = {}): Promise<Ended & Document> {
    const ended = await this.call(["--output-format", "json", ...args], options);
    const [shown, silent] = ended.out === "" ? [ended.err, ended.out] : [ended.out, ended.err];
    assert.equal(silent, "", `only one stream speaks: ${ended.out} ${ended.err}`);
    assert.match(shown, /^[^\n]+\n$/, "one line");
    const document = JSON.parse(shown) as Document;
    assert.equal(document.status, ended.out === "" ? "error" : "success");
    return { ...ended, ...document };
  }

  /** The data of a call that must end with this exit code. */
  async data(args: readonly string[], exit = 0, options: CallOptions = {}): Promise<Fields> {
    const { code, data, err } = await this.json(args, options);
    assert.equal(code, exit, err);
    return data;
  }
}

export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  out = "";
  err = "";
  readonly #waiting = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.child = child;
    const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#take("out", text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#take("err", text));
    child.stdin?.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        clearTimeout(timer);
        for (const look of this.#waiting) look();
        resolve({ code, signal, out: this.out, err: this.err });
      });
    });
  }

  type(text: string): void {
    this.child.stdin?.end(text);
  }

  #take(stream: "out" | "err", text: string): void {
    this[stream] += text;
    for (const look of this.#waiting) look();
  }

  /** Waits until a stream has said something like this; fails when the process ends before. */
  async says(stream: "out" | "err", pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this[stream]);
        if (match === null && this.child.exitCode === null && this.child.signalCode === null) return;
        this.#waiting.delete(look);
        if (match === null) reject(new Error(`ended without ${String(pattern)}: ${this.out}${this.err}`));
        else resolve(match);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** A member of data, which must be there. */
export function member(value: unknown, ...path: readonly (string | number)[]): unknown {
  let at = value;
  for (const name of path) {
    assert.ok(typeof at === "object" && at !== null && name in at, `no ${path.join(".")} in ${JSON.stringify(value)}`);
    at = (at as { readonly [name: string]: unknown })[name];
  }
  return at;
}

export function text(value: unknown, ...path: readonly (string | number)[]): string {
  const found = member(value, ...path);
  assert.equal(typeof found, "string");
  return found as string;
}
