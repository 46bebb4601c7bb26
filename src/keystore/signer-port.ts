/**
 * The signer port: what MFM asks of whatever holds keys. The vault implements it in-process and behind a socket; hardware, a KMS or Web3Signer can
 * too. `testSignerConformance` of `mfm/testing` is the suite that an implementation passes.
 */
import type { SignedOf, SigningIntent } from "../capabilities/signer.ts";
import type { Digest } from "../kernel/canonical.ts";

export interface SignerAccount {
  /** The signer's own name of the key, such as the id of a vault's entry. */
  readonly id: string;
  /** EIP-55. */
  readonly address: `0x${string}`;
  readonly label: string;
}

/** A nonce that is spoken for. */
export interface SignedNonce {
  readonly nonce: number;
  readonly intentId: Digest;
}

/** Whose nonces: from one on, and besides those that were signed for these intents, whichever they are. */
export interface NonceRange {
  readonly chainId: number;
  /** EIP-55. */
  readonly sender: `0x${string}`;
  readonly from: number;
  readonly intents?: readonly Digest[];
}

/** More are not told at once. */
export const mostSignedNonces = 4096;

export interface Signer {
  /** The accounts that it signs for. */
  accounts(): Promise<readonly SignerAccount[]>;
  /**
   * Signs a typed intent for its sender: low s, the sender recovered and checked. An intent with a nonce is signed once: asked for again it is
   * answered with what was signed then, and nothing else is signed for that nonce but a replacement or a cancel.
   * @throws INTENT_INVALID when its members contradict each other
   * @throws SIGNER_ACCOUNT_UNKNOWN when it holds no key of the sender
   * @throws SIGNER_UNSUPPORTED when it cannot sign intents of this kind
   * @throws POLICY_REFUSED, POLICY_MISSING, ADDRESS_LOOKS_ALIKE when it may not
   * @throws NONCE_TAKEN, INTENT_REUSED, REPLACEMENT_REFUSED when another signature stands against it
   * @throws SIGNER_LOCKED, SIGNER_NOT_RUNNING when its keys are out of reach
   */
  sign<I extends SigningIntent>(intent: I): Promise<SignedOf<I>>;
  /**
   * Whether it would sign the intent as things are: nothing is signed or recorded, and nobody is asked.
   * @throws what `sign` throws, where it would not
   */
  check(intent: SigningIntent): Promise<void>;
  /**
   * Which nonces it has signed for, ascending, the first 4096: transactions of the chain, and authorizations of the chain or of every one. Whoever gives out nonces
   * learns from it what an older copy of a store has forgotten.
   */
  signedNonces(range: NonceRange): Promise<readonly SignedNonce[]>;
  close(): Promise<void>;
}
