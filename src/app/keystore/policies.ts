/** Signing policies: setting one, showing one, and trying an intent against one. */
import { resolve } from "node:path";
import type { SigningIntent } from "../../capabilities/signer.ts";
import type { Json } from "../../kernel/json.ts";
import { NonceGuard } from "../../keystore/guard/guard-file.ts";
import { findLookAlike } from "../../keystore/signing/address-book.ts";
import { addresseesOf } from "../../keystore/signing/addressees.ts";
import { evaluatePolicy } from "../../keystore/signing/evaluate.ts";
import { readIntent } from "../../keystore/signing/intent.ts";
import { type Policy, type Refusal, policyDigest, policyJson, readPolicy } from "../../keystore/signing/policy.ts";
import { knownAddresses } from "../../keystore/vault-signer.ts";
import type { EntryView, VaultSession } from "../../keystore/vault/session.ts";
import { failure, usage } from "../failure.ts";
import { machineTime } from "../machine.ts";
import { type Input, type InputSource, readInput } from "../op-input.ts";
import type { Place } from "../place.ts";
import { locateVault } from "./location.ts";
import { guardPath, selectAccount } from "./signers.ts";
import { type VaultChoice, withVault } from "./unlock.ts";

export interface PolicyView {
  readonly entry: { readonly id: string; readonly label: string; readonly address: string };
  readonly policy: Json | null;
  /** As audit records name it. */
  readonly digest: string | null;
}

function entryOf(session: VaultSession, given: string): EntryView {
  const entries = session.entries();
  const { id } = selectAccount(entries, given);
  const entry = entries.find((at) => at.id === id);
  if (entry === undefined) throw failure("INTERNAL", "an entry that was selected is there");
  return entry;
}

function viewOf({ id, label, address }: EntryView, policy: Policy | null): PolicyView {
  return {
    entry: { id, label, address },
    policy: policy === null ? null : policyJson(policy),
    digest: policy === null ? null : policyDigest(policy),
  };
}

export interface SetPolicy {
  /** Address, label or id. */
  readonly account: string;
  /** Undefined: the entry is to have none. */
  readonly input: Input | undefined;
  readonly source: InputSource;
}

/** @throws POLICY_INVALID, SIGNER_ACCOUNT_UNKNOWN, and what unlocking and changing a vault throws */
export async function setPolicy(place: Place, choice: VaultChoice, { account, input, source }: SetPolicy): Promise<PolicyView> {
  const policy = input === undefined ? null : readPolicy(await readInput(input, source));
  return withVault(place, choice, async (session) => {
    const entry = entryOf(session, account);
    await session.setPolicy(entry.id, policy === null ? null : policyJson(policy));
    return viewOf(entry, policy);
  });
}

/** @throws SIGNER_ACCOUNT_UNKNOWN, and what unlocking a vault throws */
export function showPolicy(place: Place, choice: VaultChoice, account: string): Promise<PolicyView> {
  return withVault(place, choice, (session) => {
    const entry = entryOf(session, account);
    return viewOf(entry, entry.policy === null ? null : readPolicy(entry.policy));
  });
}

export interface TestPolicy {
  /** JSON of an intent. */
  readonly intentFile: string;
  /** A policy's file; undefined: that of the entry whose address is the intent's sender. */
  readonly policyFile: string | undefined;
  readonly source: InputSource;
}

export interface PolicyTrial {
  readonly allowed: boolean;
  readonly refusals: readonly Refusal[];
}

/**
 * What a signer would say now, without signing or recording anything. With a policy's file neither vault nor passphrase is needed, and nothing
 * counts as spent or known.
 * @throws POLICY_INVALID, INTENT_INVALID, VALUE_INVALID, FILE_UNREADABLE; without a file, what unlocking a vault throws
 */
export async function testPolicy(place: Place, choice: VaultChoice, { intentFile, policyFile, source }: TestPolicy): Promise<PolicyTrial> {
  const intent = readIntent(await readInput({ file: intentFile, value: undefined, set: [] }, source));
  if (policyFile !== undefined) {
    if (policyFile === "-" && intentFile === "-") throw usage("standard input holds one of them: give the other as a file");
    const policy = readPolicy(await readInput({ file: policyFile, value: undefined, set: [] }, source));
    return trialOf(evaluatePolicy(policy, intent, { spentToday: 0n, now: machineTime.now() }));
  }
  const { stateFolder } = await locateVault(place, choice.keystore);
  return withVault(place, choice, async (session) => {
    const entry = entryOf(session, intent.sender);
    if (entry.policy === null) return trialOf([{ rule: "policy", reason: "the entry has none: it signs only where somebody agrees" }]);
    const policy = readPolicy(entry.policy);
    const spent = await spentToday(resolve(guardPath(stateFolder)), intent);
    const alike = addresseesOf(intent).flatMap((address): Refusal[] => {
      const known = findLookAlike(address, knownAddresses(session, policy));
      return known === undefined
        ? []
        : [{ rule: "address book", reason: `${address} looks like ${known.name}, which is ${known.address}` }];
    });
    return trialOf([...evaluatePolicy(policy, intent, { spentToday: spent, now: machineTime.now() }), ...alike]);
  });
}

function trialOf(refusals: readonly Refusal[]): PolicyTrial {
  return { allowed: refusals.length === 0, refusals };
}

async function spentToday(path: string, intent: SigningIntent): Promise<bigint> {
  if (intent.kind !== "transaction") return 0n;
  const guard = await NonceGuard.open({ path });
  const day = new Date(machineTime.now()).toISOString().slice(0, "2026-01-01".length);
  const spent = guard.spent({ chainId: intent.transaction.chainId, sender: intent.sender, day });
  await guard.close();
  return spent;
}
