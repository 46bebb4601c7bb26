/**
 * The anchor: what this machine last saw of a vault, kept outside of it, so that an older vault put in its place is found out. A write notes
 * what comes next before it is published, so that a crash in between leaves nothing that could be taken for tampering.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { type Digest, digestOf, isDigest, parseCanonical, toCanonical } from "../../kernel/canonical.ts";
import { errnoOf, reasonOf } from "../../kernel/errno.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Reached } from "../files/fault-point.ts";
import { makeSafeFolder } from "../files/folder.ts";
import { readPrivateFile, replacePrivateFile } from "../files/private-file.ts";
import { type Vault, headerDigestOf, jsonOf } from "./document.ts";

/** One version of a vault. */
export interface Mark {
  readonly generation: number;
  /** Of the whole file. */
  readonly digest: Digest;
  /** Of what a passphrase is checked against. */
  readonly header: Digest;
}

export interface Anchor {
  readonly format: "mfm-keystore-anchor/1";
  readonly vaultId: string;
  /** Where the vault was seen last. */
  readonly path: string;
  readonly current: Mark;
  /** What was about to be published; null when that is settled. */
  readonly next: Mark | null;
}

const longestAnchor = 8192;
const suffix = ".anchor.json";

const digest = z.custom<Digest>(isDigest);
const mark: z.ZodType<Mark> = z.strictObject({ generation: z.int().min(1), digest, header: digest });
const anchorShape: z.ZodType<Anchor> = z.strictObject({
  format: z.literal("mfm-keystore-anchor/1"),
  vaultId: z.string(),
  path: z.string(),
  current: mark,
  next: mark.nullable(),
});

export function markOf(vault: Vault, bytes: Uint8Array): Mark {
  return { generation: vault.generation, digest: digestOf(bytes), header: headerDigestOf(vault) };
}

/**
 * What this machine knows of an authentic vault: `held`, it is as it was left; `moved`, that in another place; `newer`, changed elsewhere, which
 * its MAC allows; `unknown`, never seen.
 */
export type Standing = "unknown" | "held" | "moved" | "newer";

/** @throws KEYSTORE_ROLLED_BACK when the vault is older than the anchor, of another line, or not the one that lay there */
export function judge(anchors: readonly Anchor[], path: string, vaultId: string, found: Mark): Standing {
  const other = anchors.find((at) => at.path === path && at.vaultId !== vaultId);
  if (other !== undefined) throw rolledBack("another vault was put in its place", found, other.current);
  const anchor = anchors.find((at) => at.vaultId === vaultId);
  if (anchor === undefined) return "unknown";
  const { current, next } = anchor;
  if (found.digest === current.digest || found.digest === next?.digest) return anchor.path === path ? "held" : "moved";
  if (found.generation > current.generation) return "newer";
  throw rolledBack(
    found.generation < current.generation ? "it is older than the one this machine saw last" : "it is not the one this machine saw last",
    found,
    current,
  );
}

/** Why a passphrase does not fit, as far as the anchor knows. */
export function judgeMisfit(anchors: readonly Anchor[], path: string, vaultId: string, found: Mark): MfmError {
  const anchor = anchors.find((at) => at.vaultId === vaultId) ?? anchors.find((at) => at.path === path);
  if (anchor === undefined || anchor.current.header === found.header || anchor.next?.header === found.header) {
    const doubt = anchor === undefined ? ", or the vault's header was altered" : "";
    return new MfmError("KEYSTORE_PASSPHRASE_WRONG", `the passphrase is wrong${doubt}`);
  }
  if (anchor.vaultId === vaultId && found.generation < anchor.current.generation)
    return rolledBack("it is older than the one this machine saw last, and has another passphrase", found, anchor.current);
  const reason = "its header is not the one this machine saw last, and the passphrase does not fit it";
  return new MfmError("KEYSTORE_TAMPERED", `the vault was altered: ${reason}`, { reason });
}

function rolledBack(reason: string, found: Mark, anchored: Mark): MfmError {
  return new MfmError("KEYSTORE_ROLLED_BACK", `the vault is not the latest: ${reason}`, {
    reason,
    generation: found.generation,
    anchored: anchored.generation,
  });
}

/** All anchors in the state folder; there may be no such folder. @throws KEYSTORE_ANCHOR_INVALID, FILE_UNSAFE */
export function readAnchors(stateFolder: string): readonly Anchor[] {
  return namesIn(stateFolder).flatMap((name) => {
    const path = join(stateFolder, name);
    const file = readPrivateFile(path, longestAnchor);
    return file === undefined ? [] : [parseAnchor(file.bytes, path)];
  });
}

function namesIn(stateFolder: string): string[] {
  try {
    return readdirSync(stateFolder).filter((name) => name.endsWith(suffix) && !name.startsWith("."));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw new MfmError("FILE_UNREADABLE", `${stateFolder} cannot be read: ${reasonOf(error)}`, { file: stateFolder }, error);
  }
}

function parseAnchor(bytes: Uint8Array, path: string): Anchor {
  try {
    return anchorShape.parse(parseCanonical(bytes));
  } catch (error) {
    throw new MfmError("KEYSTORE_ANCHOR_INVALID", `${path} is no anchor that MFM wrote`, { file: path }, error);
  }
}

/** The caller holds the vault's lock. @throws FILE_UNSAFE, FILE_UNWRITABLE */
export function writeAnchor(stateFolder: string, anchor: Anchor, reached?: Reached): void {
  makeSafeFolder(stateFolder);
  const path = anchorPath(stateFolder, anchor.vaultId);
  const bytes = new TextEncoder().encode(toCanonical(jsonOf(anchor)));
  const before = readPrivateFile(path, longestAnchor)?.bytes;
  if (before !== undefined && Buffer.compare(before, bytes) === 0) return;
  replacePrivateFile({ path, bytes, expected: before });
  reached?.(anchor.next === null ? "anchor.settled" : "anchor.prepared");
}

export function anchorPath(stateFolder: string, vaultId: string): string {
  return join(stateFolder, `${vaultId}${suffix}`);
}
