/** The vault of a session: see `VaultSession`. Every change reads the file again, checks all of it, and is made to what is there. */
import { randomUUID } from "node:crypto";
import { formatInstant } from "../../kernel/codecs.ts";
import { MfmError, invariant } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import { addressOf, assertSigns } from "../keys/private-key.ts";
import type { Standing } from "./anchor.ts";
import type { TrailKey } from "./audit-trail.ts";
import { wiping } from "./bytes.ts";
import { type Content, type Entry, type Vault, headerOf, isLabel, vaultLimits, viewOf } from "./document.ts";
import type { DeriveKey, Kdf } from "./kdf.ts";
import { JoinedWrites } from "./joined-writes.ts";
import { randomKey } from "./sealing.ts";
import type { ReadTrail } from "./read-trail.ts";
import type { AuditRecord, EntryKind, EntryView, VaultSession } from "./session.ts";
import type { ReadVault, VaultFile } from "./vault-file.ts";
import { auditKeyOf, authenticate, isAuthentic, sealEntry, tampered, unsealEntry, wrapVaultKey } from "./vault-key.ts";

interface Ports {
  readonly derive: DeriveKey;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface NewKey {
  readonly label: string;
  readonly kind: EntryKind;
  /** The caller wipes it. */
  readonly privateKey: Uint8Array;
}

/** What a new passphrase is derived with. */
export interface Rewrap {
  /** Normalised; the caller wipes it. */
  readonly passphrase: Uint8Array;
  readonly kdf: Kdf;
}

interface Unlocked {
  readonly file: VaultFile;
  /** Authentic under the key. */
  readonly read: ReadVault;
  /** Belongs to the session from here on. */
  readonly vaultKey: Uint8Array;
  readonly standing: Standing;
  readonly ports: Ports;
}

export class UnlockedVault implements VaultSession {
  readonly #file: VaultFile;
  readonly #ports: Ports;
  #vaultKey: Uint8Array;
  #auditKey: Uint8Array;
  #read: ReadVault;
  #closed = false;
  readonly #records = new JoinedWrites<AuditRecord>((take) =>
    this.#file.lock(() => {
      // A session that unlocked an older vault must not go on as if it had not been keyed anew, or altered, since.
      this.#takeChanges();
      this.#file.append(take(), this.#trailKey, formatInstant(this.#ports.now()));
    }),
  );
  /** Of entries whose key was seen to have their address. */
  readonly #seen = new Set<string>();

  /** Where the version that was opened stood to this machine's anchor. */
  readonly standing: Standing;

  constructor({ file, read, vaultKey, standing, ports }: Unlocked) {
    this.#file = file;
    this.#read = read;
    this.#vaultKey = vaultKey;
    this.#auditKey = auditKeyOf(vaultKey, read.vault.vaultId);
    this.standing = standing;
    this.#ports = ports;
  }

  /** Of the file, without links. */
  get path(): string {
    return this.#file.path;
  }

  get vaultId(): string {
    return this.#vault.vaultId;
  }

  get generation(): number {
    return this.#vault.generation;
  }

  get #vault(): Vault {
    this.#assertOpen();
    return this.#read.vault;
  }

  entries(): readonly EntryView[] {
    return this.#vault.entries.map(viewOf);
  }

  useKey<T>(entryId: string, use: (privateKey: Uint8Array) => T): T {
    const entry = this.#entry(this.#vault, entryId);
    return wiping(unsealEntry(this.#vaultKey, this.vaultId, entry), (privateKey) => {
      // The ciphertext is bound to the address; this finds what was wrong before it was sealed. Once is enough: a name for each ciphertext.
      if (!this.#seen.has(entry.ciphertext)) {
        if (addressOf(privateKey) !== entry.address) throw tampered(`the key of entry ${entry.id} has another address`);
        this.#seen.add(entry.ciphertext);
      }
      const result = use(privateKey);
      invariant(!(result instanceof Promise), "a key is used synchronously: it is wiped when its use returns");
      return result;
    });
  }

  book(): Json {
    return this.#vault.book;
  }

  async setBook(book: Json): Promise<void> {
    await this.change({ kind: "book-set" }, (content) => ({ ...content, book }));
  }

  async setPolicy(entryId: string, policy: Json | null): Promise<void> {
    await this.change({ kind: "policy-set", entry: entryId }, (content) => {
      const entry = this.#entry(content, entryId);
      const sealed = wiping(unsealEntry(this.#vaultKey, content.vaultId, entry), (privateKey) =>
        sealEntry(this.#vaultKey, content.vaultId, { ...viewOf(entry), policy }, privateKey),
      );
      return { ...content, entries: content.entries.map((at) => (at.id === entryId ? sealed : at)) };
    });
  }

  /**
   * Adds a key after a signature of it was recovered.
   * @throws KEY_EXISTS when the vault has its address; KEY_INVALID; KEY_LABEL_INVALID; KEYSTORE_FULL; and what a change throws
   */
  async addKey({ label, kind, privateKey }: NewKey, how: string): Promise<EntryView> {
    if (!isLabel(label))
      throw new MfmError("KEY_LABEL_INVALID", `a label has 1 to ${vaultLimits.labelCharacters} printable characters and no space around`);
    assertSigns(privateKey);
    const createdAt = formatInstant(this.#ports.now());
    const view: EntryView = { id: randomUUID(), label, address: addressOf(privateKey), kind, createdAt, policy: null };
    await this.change({ kind: how, entry: view.id, address: view.address }, (content) => {
      const same = content.entries.find(({ address }) => address === view.address);
      if (same !== undefined)
        throw new MfmError("KEY_EXISTS", `entry ${same.id} holds the key of ${same.address} already`, { id: same.id });
      if (content.entries.length >= vaultLimits.entries)
        throw new MfmError("KEYSTORE_FULL", `a vault holds at most ${vaultLimits.entries} keys`);
      return { ...content, entries: [...content.entries, sealEntry(this.#vaultKey, content.vaultId, view, privateKey)] };
    });
    return view;
  }

  /** @throws KEY_UNKNOWN, and what a change throws */
  async removeKey(entryId: string): Promise<void> {
    await this.change({ kind: "key-deleted", entry: entryId }, (content) => {
      this.#entry(content, entryId);
      return { ...content, entries: content.entries.filter(({ id }) => id !== entryId) };
    });
  }

  /** Puts the vault key under another passphrase. The entries stay as they are. @throws what a change throws */
  async changePassphrase({ passphrase, kdf }: Rewrap): Promise<void> {
    const vaultKey = this.#vaultKey;
    const wrapped = await wrapVaultKey(this.#ports.derive, passphrase, { ...headerOf(this.#vault), kdf }, vaultKey);
    await this.change({ kind: "passphrase-changed" }, (content) => {
      // Wrapped before the lock was held: if the vault has another key by now, this would lock it for ever.
      if (this.#vaultKey !== vaultKey) throw otherKey();
      return { ...content, kdf, ...wrapped };
    });
  }

  /** Another vault key, and every entry encrypted anew. Other sessions must unlock again. @throws what a change throws */
  async rekey({ passphrase, kdf }: Rewrap): Promise<void> {
    const vaultKey = randomKey();
    const wrapped = await wrapVaultKey(this.#ports.derive, passphrase, { ...headerOf(this.#vault), kdf }, vaultKey);
    const encryptAnew = ({ vaultId, entries, ...content }: Content): Content => ({
      ...content,
      vaultId,
      kdf,
      ...wrapped,
      entries: entries.map((entry) =>
        wiping(unsealEntry(this.#vaultKey, vaultId, entry), (privateKey) => sealEntry(vaultKey, vaultId, entry, privateKey)),
      ),
    });
    await this.#transact({ kind: "rekeyed" }, encryptAnew, vaultKey);
    // The first record under the new key vouches, through its link to the one before, for all that the old key did.
    await this.audit({ kind: "trail-continued", generation: this.generation });
  }

  async change(record: AuditRecord, edit: (content: Content) => Content): Promise<void> {
    await this.#transact(record, edit);
  }

  async audit(record: AuditRecord): Promise<void> {
    this.#assertOpen();
    await this.#records.add(record);
  }

  /** The last records of the trail, all of which is checked. @throws KEYSTORE_AUDIT_INVALID */
  readTrail(last: number): ReadTrail {
    return this.#file.readTrail({ vaultId: this.vaultId, by: this.#trailKey, last });
  }

  /** Takes the trail's end as it is for the right one. @throws KEYSTORE_AUDIT_INVALID when the rest does not hold */
  async acceptTrail(): Promise<void> {
    await this.#file.lock(() => this.#file.acceptTrail(this.#trailKey));
  }

  /** Opens every entry, and compares its key's address. @throws KEYSTORE_TAMPERED */
  checkKeys(): void {
    for (const { id } of this.#vault.entries) this.useKey(id, () => undefined);
  }

  get #trailKey(): TrailKey {
    return { vaultId: this.vaultId, key: this.#auditKey };
  }

  async refresh(): Promise<void> {
    this.#assertOpen();
    if (this.#file.identify() === this.#read.identity) return;
    await this.#file.lock(() => this.#takeChanges());
  }

  close(): void {
    this.#closed = true;
    this.#wipe();
  }

  /** With `nextKey` the vault has that key afterwards, and so has this session. */
  async #transact(record: AuditRecord, edit: (content: Content) => Content, nextKey?: Uint8Array): Promise<void> {
    this.#assertOpen();
    await this.#file.lock(() => {
      const from = this.#readAuthentic();
      const { mac: _, ...content } = from.vault;
      // Not before the lock is held: another change of this session may have put another key in its place.
      const to = authenticate(nextKey ?? this.#vaultKey, { ...edit(content), generation: content.generation + 1 });
      const at = formatInstant(this.#ports.now());
      this.#read = this.#file.publish({ from, to, record: { ...record, generation: to.generation }, by: this.#trailKey, at });
      if (nextKey !== undefined) this.#hold(nextKey);
    });
  }

  #hold(vaultKey: Uint8Array): void {
    this.#wipe();
    this.#vaultKey = vaultKey;
    this.#auditKey = auditKeyOf(vaultKey, this.vaultId);
  }

  #wipe(): void {
    this.#vaultKey.fill(0);
    this.#auditKey.fill(0);
  }

  /** The file as it is now. @throws KEYSTORE_TAMPERED; KEYSTORE_CHANGED when it has another vault key, and looks as MFM left it */
  #readAuthentic(): ReadVault {
    this.#assertOpen();
    const read = this.#file.read();
    const { vault } = read;
    if (vault.vaultId !== this.vaultId) throw tampered("another vault was put in its place");
    if (isAuthentic(this.#vaultKey, vault)) {
      this.#file.judge(read);
      return read;
    }
    const anchor = this.#file.anchors().find(({ vaultId }) => vaultId === vault.vaultId);
    if ([anchor?.current.digest, anchor?.next?.digest].includes(read.mark.digest)) throw otherKey();
    throw tampered("its MAC does not hold");
  }

  /** Within the lock. */
  #takeChanges(): void {
    this.#assertOpen();
    if (this.#file.identify() === this.#read.identity) return;
    const read = this.#readAuthentic();
    this.#file.settle(read.vault.vaultId, read.mark);
    this.#read = read;
  }

  #entry(content: Content, id: string): Entry {
    const entry = content.entries.find((at) => at.id === id);
    if (entry === undefined) throw new MfmError("KEY_UNKNOWN", `the vault has no entry ${id}`, { id });
    return entry;
  }

  #assertOpen(): void {
    if (this.#closed) throw new MfmError("KEYSTORE_CLOSED", "this session of the vault is closed");
  }
}

function otherKey(): MfmError {
  return new MfmError("KEYSTORE_CHANGED", "the vault has another key now (`mfm keystore rekey`): unlock it again");
}
