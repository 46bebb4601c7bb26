/** An unlocked vault, as whoever signs with it sees it: its entries, their keys one use at a time, its policies, book and audit trail. */
import type { Json } from "../../kernel/json.ts";

/** Where a key came from. `path` is BIP-32's (`m/44'/60'/0'/0/0`); `fingerprint`, of the master key, tells which entries share a mnemonic. */
export type EntryKind =
  | { readonly type: "private-key" }
  | { readonly type: "hd"; readonly path: string; readonly fingerprint: `0x${string}` };

/** What of an entry is no secret; all of it authenticated. */
export interface EntryView {
  /** A UUID. */
  readonly id: string;
  readonly label: string;
  /** EIP-55. */
  readonly address: `0x${string}`;
  readonly kind: EntryKind;
  /** A canonical instant, UTC. */
  readonly createdAt: string;
  /** The signing policy; its shape is its reader's business. Null: none. */
  readonly policy: Json | null;
}

/** A record of the audit trail; sequence, time, chain and MAC are added. Never with a secret in it. */
export type AuditRecord = { readonly kind: string; readonly [name: string]: Json };

/**
 * Holds the vault's key, and no private key longer than one use of it. What it shows is the vault as of `generation`; other processes may
 * change the file meanwhile, and `refresh` looks. Every change is made to the file as it then is, so none of theirs is lost.
 */
export interface VaultSession {
  readonly vaultId: string;
  readonly generation: number;
  entries(): readonly EntryView[];
  /**
   * What `use` returns, given the 32 bytes of the entry's private key. They are wiped when it returns: `use` is synchronous and keeps none.
   * @throws KEY_UNKNOWN when there is no such entry; KEYSTORE_TAMPERED when it does not open, or its key has another address
   * @throws KEYSTORE_CLOSED after `close`
   */
  useKey<T>(entryId: string, use: (privateKey: Uint8Array) => T): T;
  /** @throws KEY_UNKNOWN, and what a change throws: KEYSTORE_TAMPERED, KEYSTORE_ROLLED_BACK, KEYSTORE_CHANGED, KEYSTORE_BUSY */
  setPolicy(entryId: string, policy: Json | null): Promise<void>;
  /** The address book; its shape is its reader's business. Null until it is set. */
  book(): Json;
  /** @throws what a change throws */
  setBook(book: Json): Promise<void>;
  /**
   * Appends to the audit trail; on disk when it resolves. Refreshes first.
   * @throws KEYSTORE_AUDIT_INVALID when the trail's end was altered; KEYSTORE_BUSY, and what a change throws
   */
  audit(record: AuditRecord): Promise<void>;
  /** Looks whether another process changed the file, and takes it over where it did. Costs a stat where it did not. @throws what a change throws */
  refresh(): Promise<void>;
  /** Wipes the vault's key. Everything but `close` throws KEYSTORE_CLOSED afterwards. */
  close(): void;
}
