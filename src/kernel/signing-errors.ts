/** Error codes of signing: part of the one table in errors.ts. */
import { type ErrorEntry, badInput, failed, precondition } from "./error-entry.ts";

export const signingErrors = {
  INTENT_INVALID: badInput(
    "What is to be signed contradicts itself, its EIP or its grammar.",
    "Correct the member that the message names.",
    422,
  ),
  SIGNATURE_INVALID: failed(
    "A signature cannot be read, or was not made by the account that was named.",
    "Check the account, the signature and every byte of what was signed.",
    "never",
    422,
  ),
  SIGNER_ACCOUNT_UNKNOWN: badInput(
    "The signer holds no key of this account.",
    "`mfm keystore list` shows the entries; check sender and vault.",
    404,
  ),
  SIGNER_UNSUPPORTED: badInput("This signer cannot sign intents of this kind.", "Use a signer that can, such as an MFM vault.", 422),
  POLICY_INVALID: badInput(
    "A signing policy is not one that MFM knows.",
    "Correct the members named; docs/signing.md shows them all.",
    422,
  ),
  POLICY_REFUSED: failed(
    "The entry's signing policy does not allow this intent; details.refusals lists every reason.",
    "Sign something else, have the run ask those to agree whom the policy names, or change the policy with `mfm keystore policy set`.",
    "never",
    403,
  ),
  POLICY_MISSING: precondition(
    "The entry has no signing policy, and nobody agreed to sign without one.",
    "Set one with `mfm keystore policy set`, agree at a terminal, or pass --no-policy.",
    "never",
    403,
  ),
  ADDRESS_LOOKS_ALIKE: failed(
    "An address begins and ends like a known one, but is another.",
    "Compare all 40 digits. If it is meant, `mfm keystore book add` it with --i-have-compared.",
    "never",
    403,
  ),
  BOOK_CONFLICT: badInput(
    "The address book has another entry of this name or address.",
    "`mfm keystore book list` shows it; remove it first.",
    409,
  ),
  BOOK_UNKNOWN: badInput("The address book has no such entry.", "`mfm keystore book list` shows what there is.", 404),
  NONCE_TAKEN: failed(
    "This signer has signed another intent for this nonce of the account.",
    "Look which of both is meant: the recorded intent is in details. Take the next nonce, or cancel the recorded intent.",
    "never",
    409,
  ),
  INTENT_REUSED: failed(
    "The intent's id was used for another action.",
    "Give every decision an id of its own; the same decision keeps its id.",
    "never",
    409,
  ),
  REPLACEMENT_REFUSED: failed(
    "A replacement or cancel is not one of what is recorded for the nonce.",
    "Keep intent, nonce and action, and raise every fee over all that was signed before.",
    "never",
    409,
  ),
  SIGNED_OTHERWISE: failed(
    "The signer signed for this effect before, and cannot go on with that: at another nonce, as a cancel, or not allowed any more. This store is older than the signer.",
    "Look on the chain for what has the nonce that the message names. Where that does what was intended, this was done; where it is a cancel, it was not. Then cancel the run, and start anew only what was not done.",
    "safe",
    409,
  ),
  GUARD_CORRUPT: failed(
    "The nonce guard's file was altered, or is none.",
    "Sign nothing until you know why: restore the file from a backup that is not older than the last signature.",
    "safe",
  ),
  GUARD_UNAVAILABLE: precondition(
    "The nonce guard's file cannot be read or written safely.",
    "Check owner, mode, place and disk of the file named.",
    "safe",
  ),
  SIGNER_NOT_RUNNING: precondition("No signer process answers.", "Start one with `mfm signer start`.", "safe"),
  SIGNER_RUNNING: failed("A signer process is running.", "Use it, or end it with `mfm signer stop`.", "never", 409),
  SIGNER_LOCKED: precondition(
    "The signer process is locked: its keys are gone from memory.",
    "Start it again with `mfm signer start`.",
    "safe",
  ),
  SIGNER_DENIED: failed("The signer process did not accept the token.", "Use the token file that stands beside the socket.", "safe", 401),
  SIGNER_PROTOCOL: failed(
    "What came through the signer's socket is not its protocol.",
    "Use the same version of MFM at both ends.",
    "reconcile",
    502,
  ),
  SIGNER_UNSAFE: precondition(
    "The signer will not hold keys in this process or folder.",
    "Remove what the message names, then start it again.",
  ),
} as const satisfies Record<string, ErrorEntry>;
