/**
 * The audit trail: one canonical JSON line per record, appended and synced, each with the digest of the one before and a MAC under a key of the
 * vault. A note of its head outside tells when its end was cut off.
 */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, readSync, writeSync } from "node:fs";
import { type Digest, digestOf, parseCanonical, toCanonical } from "../../kernel/canonical.ts";
import { reasonOf } from "../../kernel/errno.ts";
import { MfmError } from "../../kernel/errors.ts";
import { type Json, isJsonObject } from "../../kernel/json.ts";
import type { Reached } from "../files/fault-point.ts";
import { openPrivateFile, readPrivateFile, writeWhole } from "../files/private-file.ts";
import type { Hex } from "./bytes.ts";
import { jsonOf } from "./document.ts";
import { isSameMac, macOf } from "./sealing.ts";
import type { AuditRecord } from "./session.ts";

export interface AuditLine {
  readonly format: "mfm-keystore-audit/1";
  readonly vaultId: string;
  readonly seq: number;
  /** Digest of the line before, without its newline; null in the first. */
  readonly prev: Digest | null;
  readonly at: string;
  /** Names the key of the MAC: it is another one after `rekey`. */
  readonly key: Hex;
  readonly record: AuditRecord;
  readonly mac: Hex;
}

export interface TrailHead {
  readonly seq: number;
  readonly digest: Digest;
}

/** A record is small: what is longer was not written by MFM. */
const longestLine = 65_536;
const macPurpose = "mfm/audit/1";

export interface TrailKey {
  readonly vaultId: string;
  readonly key: Uint8Array;
}

/** Tells keys of trails apart, and nothing about them. */
export function keyNameOf({ vaultId, key }: TrailKey): Hex {
  return macOf(key, "mfm/audit-key/1", vaultId).slice(0, 18) as Hex;
}

export interface Append {
  readonly path: string;
  /** Where the head is noted. */
  readonly headPath: string;
  readonly by: TrailKey;
  readonly at: string;
  /** In their order. */
  readonly records: readonly AuditRecord[];
  readonly reached: Reached;
}

/**
 * On disk when it returns, all or, after a crash, the first of them. The caller holds the vault's lock.
 * @throws KEYSTORE_AUDIT_INVALID when the last line was altered, or is not the one that was noted; nothing is appended
 * @throws VALUE_TOO_LARGE when a record is; FILE_UNWRITABLE
 */
export function appendToTrail({ path, headPath, by, at, records, reached }: Append): void {
  const fd = openPrivateFile(path, "append");
  try {
    const last = readLastLine(fd, path);
    assertContinues(last, by, readHead(headPath), path);
    let head = last === undefined ? undefined : { seq: last.line.seq, digest: last.digest };
    const lines: string[] = [];
    for (const record of records) {
      const text = lineAfter(head, { by, at, record });
      lines.push(`${text}\n`);
      head = { seq: head === undefined ? 0 : head.seq + 1, digest: digestOf(text) };
    }
    writeSynced(fd, Buffer.from(lines.join("")), { path, reached });
    if (head !== undefined) noteHead(headPath, head);
  } finally {
    closeSync(fd);
  }
}

function lineAfter(head: TrailHead | undefined, { by, at, record }: Pick<Append, "by" | "at"> & { readonly record: AuditRecord }): string {
  const bare = {
    format: "mfm-keystore-audit/1",
    vaultId: by.vaultId,
    seq: head === undefined ? 0 : head.seq + 1,
    prev: head?.digest ?? null,
    at,
    key: keyNameOf(by),
    record,
  } as const;
  const text = toCanonical(jsonOf({ ...bare, mac: macOf(by.key, macPurpose, jsonOf(bare)) }));
  if (text.length > longestLine) throw new MfmError("VALUE_TOO_LARGE", `a record of the audit trail has at most ${longestLine} characters`);
  return text;
}

function writeSynced(fd: number, bytes: Uint8Array, { path, reached }: Pick<Append, "path" | "reached">): void {
  try {
    writeWhole(fd, bytes);
    reached("audit.written");
    fsyncSync(fd);
    reached("audit.synced");
  } catch (error) {
    throw new MfmError("FILE_UNWRITABLE", `${path} cannot be written: ${reasonOf(error)}`, { file: path }, error);
  }
}

/**
 * Of the trail's end, what a file can show: MAC and place. The next record vouches for it, so one under an earlier key counts only where this
 * machine noted that very one.
 */
function assertContinues(last: ReadLine | undefined, by: TrailKey, noted: TrailHead | undefined, path: string): void {
  if (last !== undefined && last.line.vaultId !== by.vaultId) throw invalidTrail(path, "it belongs to another vault", last.line.seq);
  if (last !== undefined) {
    const holds = last.line.key === keyNameOf(by) ? isAuthenticLine(last.line, by) : noted?.digest === last.digest;
    if (!holds) throw invalidTrail(path, "its last record was altered", last.line.seq);
  }
  if (noted === undefined) return;
  if (last === undefined || last.line.seq < noted.seq) throw invalidTrail(path, "records at its end are missing", noted.seq);
  if (last.line.seq === noted.seq && last.digest !== noted.digest) throw invalidTrail(path, "its last record was replaced", noted.seq);
}

interface ReadLine {
  readonly line: AuditLine;
  readonly digest: Digest;
}

/** What a crash left unfinished at the end was never acknowledged, and is taken off. */
function readLastLine(fd: number, path: string): ReadLine | undefined {
  const { size } = fstatSync(fd);
  const from = Math.max(0, size - longestLine - 1);
  const tail = Buffer.alloc(size - from);
  for (let length = 0; length < tail.length;) length += readSync(fd, tail, length, tail.length - length, from + length);
  const end = tail.lastIndexOf("\n");
  if (end + 1 < tail.length) ftruncateSync(fd, from + end + 1);
  if (end < 0) {
    if (from > 0) throw invalidTrail(path, "its last record is too long", null);
    return undefined;
  }
  return parseLine(tail.toString("utf8", tail.lastIndexOf("\n", end - 1) + 1, end), path, null);
}

export function parseLine(text: string, path: string, seq: number | null): ReadLine {
  let line: Json;
  try {
    line = parseCanonical(text);
  } catch {
    throw invalidTrail(path, "a record is not canonical JSON", seq);
  }
  const isLine =
    isJsonObject(line) &&
    line["format"] === "mfm-keystore-audit/1" &&
    Object.keys(line).toSorted().join() === "at,format,key,mac,prev,record,seq,vaultId" &&
    [line["at"], line["key"], line["mac"], line["vaultId"]].every((member) => typeof member === "string") &&
    Number.isSafeInteger(line["seq"]) &&
    isJsonObject(line["record"] ?? null);
  if (!isLine) throw invalidTrail(path, "a record has not the members of one", seq);
  return { line: line as unknown as AuditLine, digest: digestOf(text) };
}

export function isAuthenticLine({ mac, ...bare }: AuditLine, by: TrailKey): boolean {
  return isSameMac(macOf(by.key, macPurpose, jsonOf(bare)), mac);
}

/** One line of fixed length, written over in place: it may be torn by a power cut, and then says nothing. */
export function noteHead(path: string, { seq, digest }: TrailHead): void {
  const fd = openPrivateFile(path, "write");
  try {
    writeSync(fd, Buffer.from(`${String(seq).padStart(16, "0")} ${digest}\n`), 0, undefined, 0);
  } finally {
    closeSync(fd);
  }
}

export function readHead(path: string): TrailHead | undefined {
  const bytes = readPrivateFile(path, 4096)?.bytes;
  const [, seq, digest] = /^(\d{16}) (sha256:[0-9a-f]{64})\n$/.exec(Buffer.from(bytes ?? []).toString("latin1")) ?? [];
  return seq === undefined || digest === undefined ? undefined : { seq: Number(seq), digest: digest as Digest };
}

export function invalidTrail(path: string, reason: string, seq: number | null): MfmError {
  return new MfmError("KEYSTORE_AUDIT_INVALID", `${path}: the audit trail does not hold: ${reason}`, { file: path, reason, seq });
}
