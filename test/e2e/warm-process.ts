/**
 * A process that runs one command line after another, as `mfm` does, with its code loaded once: told of each by a message, it answers with what stood on
 * its streams. For tests of what commands say; those of what a process does (signals, streams that close, a module that never ends) start `mfm` itself.
 */
import assert from "node:assert/strict";
import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { main } from "../../src/cli/main.ts";

export interface WarmOrder {
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: { readonly [name: string]: string | undefined };
  readonly input: string;
  /** That of this process unless given. */
  readonly umask?: number;
}

export interface WarmAnswer {
  readonly code: number;
  /** In the order in which it was said. */
  readonly said: readonly (readonly [stream: "out" | "err", text: string])[];
}

const methods = ["log", "info", "debug", "warn", "error"] as const;
const ownConsole = methods.map((method) => [method, console[method]] as const);
const listened = ["uncaughtException", "unhandledRejection", "warning", "SIGINT", "SIGTERM"] as const;

function replace(name: "stdin" | "stdout" | "stderr", stream: Readable | Writable): void {
  Object.defineProperty(process, name, { value: stream, configurable: true });
}

function collector(stream: "out" | "err", said: (readonly ["out" | "err", string])[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      said.push([stream, chunk.toString()]);
      done();
    },
  });
}

/** Also what is read from descriptor 0 itself: a secret, and by what the command starts. */
function openInput(input: string): void {
  const path = join(tmpdir(), `mfm-warm-${process.pid}`);
  writeFileSync(path, input, { mode: 0o600 });
  closeSync(0);
  const fd = openSync(path, "r");
  rmSync(path);
  assert.equal(fd, 0);
  replace("stdin", Readable.from([Buffer.from(input)]));
}

async function run({ args, folder, env, input, umask }: WarmOrder): Promise<WarmAnswer> {
  const said: (readonly ["out" | "err", string])[] = [];
  process.chdir(folder);
  const ownUmask = umask === undefined ? undefined : process.umask(umask);
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const [name, value] of Object.entries(env)) if (value !== undefined) process.env[name] = value;
  openInput(input);
  replace("stdout", collector("out", said));
  replace("stderr", collector("err", said));
  try {
    return { code: await main(args), said };
  } finally {
    if (ownUmask !== undefined) process.umask(ownUmask);
    for (const event of listened) process.removeAllListeners(event);
    for (const [method, own] of ownConsole) Object.defineProperty(console, method, { value: own, configurable: true, writable: true });
    // Folders of tests go away, and a process must be in one that is there.
    process.chdir("/");
  }
}

process.on("message", (order: WarmOrder) => void run(order).then((answer) => process.send?.(answer)));
process.on("disconnect", () => process.exit(0));
