/**
 * Where secrets come from: a file, a command's output, an inherited descriptor, a hidden prompt; never an argument or a plain variable.
 * Each is read once, up to a limit, into bytes that the caller wipes.
 */
import { spawn } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { errnoOf, reasonOf } from "../../kernel/errno.ts";
import { failure } from "../failure.ts";
import type { Place } from "../place.ts";

export type SecretSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "command"; readonly command: string }
  | { readonly kind: "fd"; readonly fd: number }
  | { readonly kind: "prompt"; readonly ask: Ask };

/** Somebody at a terminal. @throws CANCELLED by each, when they give up */
export interface Ask {
  /** What is typed is not shown. */
  hidden(question: string): Promise<string>;
  confirm(question: string): Promise<boolean>;
}

/** More is no secret but a wrong file. */
const longest = 65_536;

/** Whether others may read the file of a secret: of one that is encrypted itself they may. */
export type Exposure = "refused" | "accepted";

/**
 * The secret's bytes, as they are there. `what` is asked for and named in errors, such as "passphrase of the vault".
 * @throws SECRET_UNAVAILABLE when the source gives none; SECRET_EXPOSED when others may read its file; CANCELLED
 */
export async function readSecret(place: Place, source: SecretSource, what: string, exposure: Exposure = "refused"): Promise<Uint8Array> {
  switch (source.kind) {
    case "file":
      return readSecretFile(resolve(place.folder, source.path), what, exposure);
    case "command":
      return readCommand(source.command, what);
    case "fd":
      return readDescriptor(source.fd, what);
    case "prompt":
      return new TextEncoder().encode(await source.ask.hidden(capitalized(what)));
  }
}

/** A secret that is made now: at a terminal it is typed twice. @throws SECRET_UNCONFIRMED, and what `readSecret` throws */
export async function readNewSecret(place: Place, source: SecretSource, what: string): Promise<Uint8Array> {
  const secret = await readSecret(place, source, what);
  if (source.kind !== "prompt") return secret;
  const again = await readSecret(place, source, `${what}, once more`);
  const isSame = Buffer.compare(secret, again) === 0;
  again.fill(0);
  if (isSame) return secret;
  secret.fill(0);
  throw failure("SECRET_UNCONFIRMED", `the ${what} was typed differently the second time`);
}

function capitalized(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A regular file of this user or root that nobody else may read, or a pipe, as `<(command)` makes one. */
function readSecretFile(path: string, what: string, exposure: Exposure): Uint8Array {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch (error) {
    throw unavailable(what, `${path} cannot be read: ${reasonOf(error)}`, error);
  }
  try {
    const found = fstatSync(fd);
    const user = process.getuid?.() ?? found.uid;
    const isExposed = (found.mode & 0o077) !== 0 || (found.uid !== user && found.uid !== 0);
    if (found.isFile() && isExposed && exposure === "refused")
      throw failure("SECRET_EXPOSED", `${path} holds the ${what}, and others may read or write it`, { file: path });
    if (!found.isFile() && !found.isFIFO() && !found.isCharacterDevice()) throw unavailable(what, `${path} is no file`);
    return readWhole(fd, what);
  } finally {
    closeSync(fd);
  }
}

function readDescriptor(fd: number, what: string): Uint8Array {
  try {
    return readWhole(fd, what);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw unavailable(what, `descriptor ${fd} cannot be read: ${reasonOf(error)}`, error);
  }
}

/** Synchronously: a descriptor that is a pipe must not be read ahead of what belongs to it. Every copy but the one returned is wiped. */
function readWhole(fd: number, what: string): Uint8Array {
  const room = new Uint8Array(longest + 1);
  try {
    let length = 0;
    for (;;) {
      const read = readSome(fd, room, length);
      if (read === 0) return room.slice(0, length);
      length += read;
      if (length > longest) throw unavailable(what, `over ${longest} bytes`);
    }
  } finally {
    room.fill(0);
  }
}

function readSome(fd: number, room: Uint8Array, at: number): number {
  for (;;) {
    try {
      return readSync(fd, room, at, room.length - at, null);
    } catch (error) {
      // A descriptor that its maker left non-blocking: its writer is not done.
      if (errnoOf(error) !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** By the shell, with this terminal for what it asks. Its output is never shown, also where it fails. */
async function readCommand(command: string, what: string): Promise<Uint8Array> {
  const child = spawn(command, { shell: true, stdio: ["inherit", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  let length = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    // Who still writes, of whatever the shell started, then ends too: nobody reads.
    if (length > longest) child.stdout.destroy();
  });
  const code = await new Promise<number | string>((done, fail) => {
    child.on("error", (error) => fail(unavailable(what, `the command cannot be started: ${reasonOf(error)}`, error)));
    child.on("close", (status, signal) => done(status ?? signal ?? "unknown"));
  });
  const joined = Buffer.concat(chunks);
  const output = new Uint8Array(joined);
  for (const chunk of [...chunks, joined]) chunk.fill(0);
  if (length > longest) throw unavailable(what, `the command put out over ${longest} bytes`);
  if (code !== 0) throw unavailable(what, `the command ended with ${code}`);
  return output;
}

function unavailable(what: string, reason: string, cause?: unknown): Error {
  return failure("SECRET_UNAVAILABLE", `no ${what}: ${reason}`, { secret: what, reason }, cause);
}
