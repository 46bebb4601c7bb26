/**
 * The signer over an unlocked vault, in this process. Every signature passes, in this order: the look-alike check, the entry's policy (or somebody
 * who agrees where there is none), the nonce guard, the recovery of the sender, the audit trail.
 */
import type { SignedOf, SigningIntent } from "../capabilities/signer.ts";
import { formatInstant } from "../kernel/codecs.ts";
import { MfmError } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import type { Held, NonceGuard } from "./guard/guard-file.ts";
import type { NonceIntent } from "./guard/claim.ts";
import type { NonceRange, SignedNonce, Signer, SignerAccount } from "./signer-port.ts";
import { type Known, assertNoLookAlike, readBook } from "./signing/address-book.ts";
import { addresseesOf } from "./signing/addressees.ts";
import { answerOf, hashOf } from "./signing/answer.ts";
import { assertAllowed, rulesFor } from "./signing/evaluate.ts";
import { intentJson, readIntent } from "./signing/intent.ts";
import { type Policy, policyDigest, readPolicy } from "./signing/policy.ts";
import { signHash } from "./signing/signature.ts";
import type { EntryView, VaultSession } from "./vault/session.ts";

/** Asked where an entry has no policy: a person at a terminal, or whoever started a signer that may sign without. */
export type Agree = (intent: SigningIntent, entry: EntryView) => Promise<boolean>;

export interface VaultSignerOptions {
  readonly session: VaultSession;
  readonly guard: NonceGuard;
  /** Unix milliseconds: decides the UTC day of a sum. */
  readonly now: () => number;
  /** Absent: what has no policy is not signed. */
  readonly agree?: Agree | undefined;
}

interface Passed extends Pick<Held, "recorded" | "durable"> {
  readonly intent: SigningIntent;
  readonly policy: string | null;
}

interface ReadPolicy {
  readonly policy: Policy;
  readonly digest: string;
}

export class VaultSigner implements Signer {
  readonly #options: VaultSignerOptions;
  /** By the session's own object: read once, until the vault changes. */
  readonly #policies = new WeakMap<object, ReadPolicy>();

  constructor(options: VaultSignerOptions) {
    this.#options = options;
  }

  async accounts(): Promise<readonly SignerAccount[]> {
    return this.#options.session.entries().map(({ id, address, label }) => ({ id, address, label }));
  }

  /** @throws as the port says */
  async sign<I extends SigningIntent>(intent: I): Promise<SignedOf<I>> {
    const { session } = this.#options;
    const { read, entry } = await this.#read(intent);
    const refuse = async (error: unknown): Promise<never> => {
      if (error instanceof MfmError) await session.audit({ kind: "signature-refused", ...subjectOf(read, entry), code: error.code });
      throw error;
    };
    const passed = await this.#pass(read, entry).catch(refuse);
    const hash = hashOf(passed.intent);
    const signature = session.useKey(entry.id, (privateKey) => signHash(hash, privateKey, entry.address));
    const { recorded, policy } = passed;
    await session.audit({ kind: "signature", ...subjectOf(passed.intent, entry), hash, recorded, policy });
    await passed.durable.catch(refuse);
    return answerOf(passed.intent, signature, recorded) as SignedOf<I>;
  }

  /** Where an entry has no policy, and there is somebody who may agree, they are asked when it is signed. @throws as the port says */
  async check(intent: SigningIntent): Promise<void> {
    const { session, guard, agree, now } = this.#options;
    const { read, entry } = await this.#read(intent);
    const policy = this.#policyOf(entry);
    assertNoLookAlike(addresseesOf(read), knownAddresses(session, policy?.policy));
    if (policy !== undefined) assertAllowed(policy.policy, read, now());
    else if (agree === undefined) throw policyMissing(entry);
    if (usesNonce(read)) await guard.check(read, this.#termsOf(read, policy));
  }

  /** Also of accounts that the vault has no key of any more: the guard does not forget. @throws GUARD_CORRUPT, GUARD_UNAVAILABLE */
  signedNonces(range: NonceRange): Promise<readonly SignedNonce[]> {
    return this.#options.guard.signed(range);
  }

  /** The session and the guard stay with their owner. */
  async close(): Promise<void> {}

  /** Read as data: also a caller in this process may hand over what its types deny. @throws SIGNER_ACCOUNT_UNKNOWN, INTENT_INVALID */
  async #read(intent: SigningIntent): Promise<{ readonly read: SigningIntent; readonly entry: EntryView }> {
    const { session } = this.#options;
    const read = readIntent(intentJson(intent));
    await session.refresh();
    const entry = session.entries().find(({ address }) => address === read.sender);
    if (entry !== undefined) return { read, entry };
    throw new MfmError("SIGNER_ACCOUNT_UNKNOWN", `the vault has no key of ${read.sender}`, { sender: read.sender });
  }

  #termsOf(intent: SigningIntent, read: ReadPolicy | undefined): { readonly day: string; readonly dayLimit: bigint | null } {
    return { day: formatInstant(this.#options.now()).slice(0, "2026-01-01".length), dayLimit: dayLimitOf(intent, read) };
  }

  /** What may be signed for an intent: itself, or what was recorded for it. */
  async #pass(intent: SigningIntent, entry: EntryView): Promise<Passed> {
    const { guard, agree, now } = this.#options;
    const read = this.#policyOf(entry);
    assertNoLookAlike(addresseesOf(intent), knownAddresses(this.#options.session, read?.policy));
    if (read !== undefined) assertAllowed(read.policy, intent, now());
    else if (agree === undefined || !(await agree(intent, entry))) throw policyMissing(entry);
    const policy = read?.digest ?? null;
    if (!usesNonce(intent)) return { intent, recorded: false, durable: Promise.resolve(), policy };
    const held = await guard.claim(intent, this.#termsOf(intent, read));
    // What was recorded may have other fees than what was asked for: it leaves only where today's policy allows it too.
    if (held.recorded && read !== undefined) assertAllowed(read.policy, held.intent, now());
    return { ...held, policy };
  }

  #policyOf({ policy: data }: EntryView): ReadPolicy | undefined {
    if (data === null) return undefined;
    const known = typeof data === "object" ? this.#policies.get(data) : undefined;
    if (known !== undefined) return known;
    const policy = readPolicy(data);
    const read = { policy, digest: policyDigest(policy) };
    if (typeof data === "object") this.#policies.set(data, read);
    return read;
  }
}

function policyMissing({ label, id }: EntryView): MfmError {
  return new MfmError("POLICY_MISSING", `the entry ${label} has no signing policy, and nobody agreed`, { entry: id });
}

function usesNonce(intent: SigningIntent): intent is NonceIntent {
  return intent.kind === "transaction" || intent.kind === "authorization";
}

/** The address book, the vault's own accounts, and what a policy lists. */
export function knownAddresses(session: Pick<VaultSession, "book" | "entries">, policy: Policy | undefined): readonly Known[] {
  const listed = (policy?.chains ?? []).flatMap(({ destinations = [] }) => destinations);
  return [
    ...readBook(session.book()),
    ...session.entries().map(({ label, address }) => ({ name: `the entry ${label}`, address })),
    ...listed.map(({ address }) => ({ name: "a destination of the policy", address })),
  ];
}

/** The day's sum is refused where it is counted, in the guard, which counts an intent once. */
function dayLimitOf(intent: SigningIntent, read: ReadPolicy | undefined): bigint | null {
  if (read === undefined || intent.kind !== "transaction") return null;
  return rulesFor(read.policy, intent.transaction.chainId)?.maxValuePerDay ?? null;
}

/** What an audit record says of an intent: enough to find it again, and nothing that a chain would not show. */
function subjectOf(intent: SigningIntent, { id, address }: EntryView): { readonly [name: string]: Json } {
  const common = { intent: intent.kind, entry: id, sender: address };
  switch (intent.kind) {
    case "transaction": {
      const { chainId, nonce, to = null, value } = intent.transaction;
      return { ...common, intentId: intent.intentId, role: intent.role, chainId, nonce, to, value: value.toString() };
    }
    case "authorization": {
      const { intentId, chainId, nonce, delegate } = intent;
      return { ...common, intentId, chainId, nonce, delegate };
    }
    default:
      return common;
  }
}
