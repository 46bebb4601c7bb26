/** The files of one vault: the vault itself, its lock, its trail, and this machine's anchor and note about them. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { MfmError } from "../../kernel/errors.ts";
import type { Reached } from "../files/fault-point.ts";
import { makeSafeFolder, openSafeFolder } from "../files/folder.ts";
import { withLock } from "../files/lock.ts";
import { type Identity, identify, readPrivateFile, removePrivateFile, replacePrivateFile } from "../files/private-file.ts";
import { type Anchor, anchorPath, judge, type Mark, markOf, readAnchors, type Standing, writeAnchor } from "./anchor.ts";
import { appendToTrail, noteHead, readHead, type TrailKey } from "./audit-trail.ts";
import { type Vault, encodeVault, parseVault, vaultLimits } from "./document.ts";
import { type ReadTrail, readTrail } from "./read-trail.ts";
import type { AuditRecord } from "./session.ts";

export interface VaultPlace {
  /** Absolute. */
  readonly path: string;
  /** Absolute: where this machine keeps anchors, outside of any vault's folder. */
  readonly stateFolder: string;
}

/** A version of a vault as it was read. Nothing of it is authenticated. */
export interface ReadVault {
  readonly vault: Vault;
  readonly bytes: Uint8Array;
  readonly mark: Mark;
  readonly identity: Identity;
}

export interface Change {
  /** The version it is made to; undefined for a new vault. */
  readonly from: ReadVault | undefined;
  readonly to: Vault;
  readonly record: AuditRecord;
  readonly by: TrailKey;
  readonly at: string;
}

export class VaultFile {
  /** Without links. */
  readonly path: string;
  readonly stateFolder: string;
  readonly #reached: Reached;

  /** @throws KEYSTORE_NOT_FOUND when there is not even its folder; FILE_UNSAFE */
  constructor({ path, stateFolder }: VaultPlace, reached: Reached) {
    if (!existsSync(dirname(path))) throw new MfmError("KEYSTORE_NOT_FOUND", `there is no vault at ${path}`, { file: path });
    this.path = join(openSafeFolder(dirname(path)).path, basename(path));
    this.stateFolder = stateFolder;
    this.#reached = reached;
  }

  get #trailPath(): string {
    return trailPathOf(this.path);
  }

  #headPath(vaultId: string): string {
    return join(this.stateFolder, `${vaultId}.audit-head`);
  }

  /** @throws KEYSTORE_NOT_FOUND, KEYSTORE_INVALID, KEYSTORE_KDF_REFUSED, FILE_UNSAFE */
  read(): ReadVault {
    const file = readPrivateFile(this.path, vaultLimits.fileBytes);
    if (file === undefined) throw new MfmError("KEYSTORE_NOT_FOUND", `there is no vault at ${this.path}`, { file: this.path });
    const vault = parseVault(file.bytes);
    return { vault, bytes: file.bytes, mark: markOf(vault, file.bytes), identity: file.identity };
  }

  identify(): Identity | undefined {
    return identify(this.path);
  }

  anchors(): readonly Anchor[] {
    return readAnchors(this.stateFolder);
  }

  lock<T>(work: () => T | Promise<T>): Promise<T> {
    return withLock(`${this.path}.lock`, () => {
      this.#reached("lock.held");
      return work();
    });
  }

  /**
   * A change is recorded, then published; the making of a vault is recorded afterwards, so that a crash leaves no trail without a vault.
   * Within the lock. @throws KEYSTORE_AUDIT_INVALID, FILE_CHANGED, FILE_UNSAFE, FILE_UNWRITABLE; nothing is published then
   */
  publish({ from, to, record, by, at }: Change): ReadVault {
    const bytes = encodeVault(to);
    if (bytes.length > vaultLimits.fileBytes)
      throw new MfmError("KEYSTORE_FULL", `the vault would have over ${vaultLimits.fileBytes} bytes`);
    const mark = markOf(to, bytes);
    if (from !== undefined) {
      this.append([record], by, at);
      this.#anchor(to.vaultId, from.mark, mark);
    }
    replacePrivateFile({ path: this.path, bytes, expected: from?.bytes, reached: this.#reached });
    this.settle(to.vaultId, mark);
    if (from === undefined) this.append([record], by, at);
    return this.read();
  }

  /** Within the lock. */
  append(records: readonly AuditRecord[], by: TrailKey, at: string): void {
    makeSafeFolder(this.stateFolder);
    appendToTrail({ path: this.#trailPath, headPath: this.#headPath(by.vaultId), by, at, records, reached: this.#reached });
  }

  /** All of it is checked; without a key, its chain only. @throws KEYSTORE_AUDIT_INVALID */
  readTrail({ vaultId, by, last }: { readonly vaultId: string; readonly by: TrailKey | undefined; readonly last: number }): ReadTrail {
    return readTrail({ path: this.#trailPath, noted: readHead(this.#headPath(vaultId)), vaultId, key: by, last });
  }

  /** Notes the trail's end as it is. Within the lock. @throws KEYSTORE_AUDIT_INVALID when the rest does not hold */
  acceptTrail(by: TrailKey): void {
    const { head } = readTrail({ path: this.#trailPath, noted: undefined, vaultId: by.vaultId, key: by, last: 1 });
    if (head === null) removePrivateFile(this.#headPath(by.vaultId));
    else noteHead(this.#headPath(by.vaultId), head);
  }

  /** Notes that this version is the latest. Within the lock. */
  settle(vaultId: string, mark: Mark): void {
    this.#anchor(vaultId, mark, null);
    // A vault that lay here before is none of this machine's business any more.
    for (const other of this.anchors()) {
      if (other.path === this.path && other.vaultId !== vaultId) removePrivateFile(anchorPath(this.stateFolder, other.vaultId));
    }
  }

  #anchor(vaultId: string, current: Mark, next: Mark | null): void {
    writeAnchor(this.stateFolder, { format: "mfm-keystore-anchor/1", vaultId, path: this.path, current, next }, this.#reached);
  }

  /** @throws KEYSTORE_ROLLED_BACK */
  judge({ vault, mark }: ReadVault): Standing {
    return judge(this.anchors(), this.path, vault.vaultId, mark);
  }
}

export function trailPathOf(path: string): string {
  return `${path}.audit`;
}
