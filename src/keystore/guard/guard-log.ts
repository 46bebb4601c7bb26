/**
 * The lines of the nonce guard's file: appended, chained and read back. Each line names how far its writer had read and the digest of that, so that
 * a line that was changed or taken out is found by the lines after it; a line that a crash tore is told from one that was altered.
 */
import { fdatasync, fstatSync, readSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import * as z from "zod";
import { type Digest, digestOf, toCanonical } from "../../kernel/canonical.ts";
import { address, digest, hash, uint256 } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import { lowerSchema } from "../../kernel/lower.ts";
import { ValueCodec } from "../../kernel/value.ts";
import type { Claim } from "./claim.ts";

export interface GuardRecord {
  /** Random: finds the line again. */
  readonly id: string;
  readonly claim: Claim;
  readonly intent: Json;
}

/** Whether the claim is one that holds. */
type Take = (claim: Claim, id: string) => boolean;

/** Off the event loop: it takes as long as signing, which is done meanwhile. All else is done sooner than handed to another thread. */
const bringToDisk = promisify(fdatasync);

const nothing: Digest = digestOf("mfm-guard/1");
/** A writer is at most so many lines behind another; older digests are forgotten. */
const remembered = 10_000;
const chunkBytes = 1 << 16;
const longestLine = 1 << 21;

export class GuardLog {
  readonly #fd: number;
  readonly #path: string;
  /** Bytes folded, always up to the end of a line, and the digest over them. */
  #offset = 0;
  #digest = nothing;
  readonly #digests = new Map<number, Digest>([[0, nothing]]);
  /** Lines that are no record, until a later one says what they are. */
  #suspects: readonly { readonly from: number; readonly to: number }[] = [];
  #unsynced = true;
  #lost: MfmError | undefined;
  readonly #places = new Map<string, { readonly at: number; readonly bytes: number }>();

  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
  }

  /** Everything there is. @throws GUARD_CORRUPT */
  readAll(take: Take): void {
    this.#read(take, undefined);
    const [suspect] = this.#suspects;
    if (suspect !== undefined) throw this.#corrupt(suspect.from, "a line that is no record");
  }

  /** What came since. @throws GUARD_CORRUPT, also when the file was removed or shortened */
  readOn(take: Take): void {
    if (this.#lost !== undefined) throw this.#lost;
    const before = this.#offset;
    const { nlink, size } = fstatSync(this.#fd);
    if (nlink === 0) throw this.#corrupt(0, "the file was removed");
    if (size < this.#offset) throw this.#corrupt(size, "the file was shortened");
    if (size > this.#offset) this.#read(take, undefined);
    if (this.#offset !== before) this.#unsynced = true;
  }

  /** Up to the line with this id and not further: what stands behind it may still be in the writing. @throws GUARD_CORRUPT */
  readUntil(id: string, take: Take): void {
    if (!this.#read(take, id)) throw this.#corrupt(this.#offset, "a line that was written is not there");
  }

  /** One write, which the system puts at the end whole; each line begins with a line end, so that a torn one before it stays alone. */
  append(records: readonly GuardRecord[]): void {
    const seen = { bytes: this.#offset, digest: this.#digest };
    const bytes = Buffer.from(records.map((record) => `\n${writeLine(record, seen)}\n`).join(""));
    // The rest must not follow: another process may have written in between.
    if (this.#write(bytes) < bytes.length) throw this.#unavailable("it was written in part: the disk is full");
  }

  #write(bytes: Buffer): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      throw this.#unavailable("it cannot be written", error);
    }
  }

  /** Whether something was read that its writer may not have brought to the disk yet: nothing may follow from it before. */
  get unsynced(): boolean {
    return this.#unsynced;
  }

  /** Brings everything that was read or written to the disk. Once it failed, nobody knows what is there: no later success says so. */
  async sync(): Promise<void> {
    await bringToDisk(this.#fd).catch((error: unknown) => {
      this.#lost = this.#unavailable("it cannot be brought to the disk", error);
      throw this.#lost;
    });
    this.#unsynced = false;
  }

  /** The intent of the line that holds this signing hash. @throws GUARD_CORRUPT */
  intentOf(hash: string): Json {
    const place = this.#places.get(hash);
    if (place === undefined) throw this.#corrupt(this.#offset, "a line is missing");
    const bytes = Buffer.alloc(place.bytes);
    readSync(this.#fd, bytes, 0, place.bytes, place.at);
    return (JSON.parse(bytes.toString("utf8")) as { readonly intent: Json }).intent;
  }

  /** Reads whole lines from where it stands; whether the line with the id was found. */
  #read(take: Take, until: string | undefined): boolean {
    let rest: Buffer = Buffer.alloc(0);
    let at = this.#offset;
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const bytesRead = readSync(this.#fd, chunk, 0, chunkBytes, at);
      if (bytesRead === 0) return false;
      at += bytesRead;
      rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        const id = this.#line(rest.subarray(0, end), take);
        rest = rest.subarray(end + 1);
        if (id !== undefined && id === until) return true;
      }
      if (rest.length > longestLine) throw this.#corrupt(this.#offset, "a line without end");
    }
  }

  /** Folds one line; its id, where it is a record. */
  #line(line: Buffer, take: Take): string | undefined {
    const [from, to] = [this.#offset, this.#offset + line.length + 1];
    const record = line.length === 0 ? undefined : readLine(line);
    if (record !== undefined) {
      this.#check(record.seen, from);
      if (take(record.claim, record.id)) this.#places.set(record.claim.hash, { at: from, bytes: line.length });
    } else if (line.length > 0) this.#suspects = [...this.#suspects, { from, to }];
    this.#advance(to, line);
    return record?.id;
  }

  #advance(to: number, line: Buffer): void {
    this.#offset = to;
    this.#digest = digestOf(`${this.#digest} ${digestOf(line)}`);
    this.#digests.set(to, this.#digest);
    const [oldest] = this.#digests.keys();
    if (this.#digests.size > remembered && oldest !== undefined) this.#digests.delete(oldest);
  }

  /** A line's writer had read the same bytes as we have. */
  #check(seen: Seen, at: number): void {
    if (this.#digests.get(seen.bytes) !== seen.digest) throw this.#corrupt(at, "what stands before this line was altered");
    // Torn, either way: its writer has seen it like this, or began to write before it was complete.
    this.#suspects = this.#suspects.filter(({ from, to }) => seen.bytes < to && seen.bytes > from);
  }

  #corrupt(byte: number, reason: string): MfmError {
    return new MfmError("GUARD_CORRUPT", `${this.#path}: byte ${byte}: ${reason}`, { file: this.#path, byte, reason });
  }

  #unavailable(reason: string, cause?: unknown): MfmError {
    return new MfmError("GUARD_UNAVAILABLE", `${this.#path}: ${reason}`, { file: this.#path, reason }, cause);
  }
}

const lineSchema = z.strictObject({
  id: z.string().max(32),
  seen: z.strictObject({ bytes: z.int().min(0), digest }),
  intentId: digest,
  chainId: z.int().min(0),
  sender: address,
  nonce: z.int().min(0),
  role: z.enum(["first", "replacement", "cancel"]),
  action: digest,
  hash,
  fees: z.array(uint256).max(3),
  gas: uint256,
  value: uint256,
  day: z.string().min(10).max(10),
  dayLimit: uint256.optional(),
});

const codec = new ValueCodec(lowerSchema(lineSchema));

type Seen = z.output<typeof lineSchema>["seen"];

function writeLine({ id, claim, intent }: GuardRecord, seen: Seen): string {
  const { dayLimit, ...rest } = claim;
  const line = codec.encode({ id, seen, ...rest, ...(dayLimit === null ? {} : { dayLimit }) }, "nonce guard's line");
  return toCanonical({ ...(JSON.parse(line) as JsonObject), intent });
}

interface ReadLine {
  readonly id: string;
  readonly seen: Seen;
  readonly claim: Claim;
}

/** Undefined where it is none: torn or altered, which only the lines after it tell. */
function readLine(line: Buffer): ReadLine | undefined {
  try {
    const { intent: _intent, ...data } = JSON.parse(line.toString("utf8")) as JsonObject;
    const { id, seen, dayLimit = null, ...claim } = codec.decode(data) as z.output<typeof lineSchema>;
    return { id, seen, claim: { ...claim, dayLimit } };
  } catch {
    return undefined;
  }
}
