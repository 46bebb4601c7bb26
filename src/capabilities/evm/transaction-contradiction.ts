/**
 * What in the evidence about an EVM transaction cannot be true as a whole, or cannot be told from here: found, and said in words to the people who
 * have to decide. The cases are 44, 80 and 81 of docs/effects.md.
 */
import type { Consumption, SourceView, TransactionEvidence } from "./transaction-evidence.ts";
import type { TransactionIntent } from "./transaction-intent.ts";
import { type Inclusion, type Sent, type View, includedIn, viewsOf } from "./transaction-views.ts";

/** What does not fit together, and what each source says of it. */
export interface ContradictionWords {
  readonly what: string;
  readonly said: readonly { readonly source: string; readonly says: string }[];
}

/** Sources against each other: about a block that is final, or about where the nonce is. */
export type Contradiction =
  | { readonly kind: "blocks"; readonly number: bigint; readonly claims: readonly Claim[] }
  | { readonly kind: "inclusions"; readonly inclusions: readonly Inclusion[] };

interface Claim {
  readonly source: string;
  readonly hash: string;
}

export function findContradiction(views: readonly View[], sent: readonly Sent[]): Contradiction | undefined {
  const claims = new Map<bigint, Claim[]>();
  for (const { source, blocks, final } of views) {
    for (const { number, hash } of blocks) {
      if (final !== undefined && number <= final) claims.set(number, [...(claims.get(number) ?? []), { source, hash }]);
    }
  }
  for (const [number, made] of claims) if (made.some(({ hash }) => hash !== made[0]?.hash)) return { kind: "blocks", number, claims: made };
  const finals = includedIn(views, sent).filter(({ isFinal }) => isFinal);
  const [one] = finals;
  // One nonce is used up once.
  const isApart = finals.some(({ candidate, block }) => candidate !== one?.candidate || block.hash !== one.block.hash);
  return isApart ? { kind: "inclusions", inclusions: finals } : undefined;
}

/**
 * Whether what has the nonce may be a candidate that this store lost: it does what was intended, or gives the nonce up as a cancel does. To intend
 * the same anew could do it twice, or against what somebody decided.
 */
export function isForgotten({ consumer }: Consumption): boolean {
  return consumer.kind === "transaction" && (consumer.does === "intent" || consumer.does === "nothing");
}

/** Null where nothing in it contradicts itself. `sent`: the candidates that may be out there. */
export function describeContradiction(given: {
  readonly intent: Pick<TransactionIntent, "finality">;
  readonly nonce: number;
  readonly sent: readonly Sent[];
  readonly evidence: TransactionEvidence;
}): ContradictionWords | null {
  const { intent, nonce, sent, evidence } = given;
  const views = viewsOf(intent, evidence);
  const found = findContradiction(views, sent);
  const { consumed } = evidence;
  const said = views.map((view) => ({ source: view.source, says: describeView(view, { nonce, sent }) }));
  if (found !== undefined) return { what: describe(found, nonce), said };
  return consumed !== undefined && isForgotten(consumed) ? { what: describeForgotten(consumed, nonce), said } : null;
}

function describe(found: Contradiction, nonce: number): string {
  if (found.kind === "inclusions") {
    const each = found.inclusions.map(
      ({ source, candidate, block }) => `${nameOf(candidate)} in block ${block.number} ${block.hash}, says ${source}`,
    );
    return `nonce ${nonce} is used up once, and more than one block that is final has it: ${each.join("; ")}`;
  }
  const each = found.claims.map(({ source, hash }) => `${hash}, says ${source}`);
  return `a chain has one block at a height, and of block ${found.number} more than one is final: ${each.join("; ")}`;
}

function describeForgotten(consumed: Consumption, nonce: number): string {
  const { consumer, proof, agreedBy } = consumed;
  const by = consumer.kind === "transaction" ? consumer.hash : "somebody";
  const does =
    consumer.kind === "transaction" && consumer.does === "intent"
      ? "It does exactly what was intended: this may be done already"
      : "It sends nothing, as a cancel does: somebody may have given this up";
  const where =
    consumed.kind === "block"
      ? `block ${consumed.block.number} ${consumed.block.hash}`
      : `one of the blocks ${consumed.first.number + 1n} to ${consumed.last.number} ${consumed.last.hash}`;
  const isRead = proof === "root" ? "what stands there leads to the block's root" : "that is reported, and not proven";
  const also = agreedBy === undefined ? "" : `, and ${agreedBy} says the same`;
  return `${by} used up nonce ${nonce} in ${where}, which is final, and is none that was sent from here. ${does}; ${isRead}${also}`;
}

/** What one source says, whichever the contradiction is. */
function describeView(view: View, { nonce, sent }: { readonly nonce: number; readonly sent: readonly Sent[] }): string {
  const { head, final, count, lookups, blocks } = view;
  return [
    `it is at block ${head.number} ${head.hash}`,
    final === undefined ? "nothing is final" : `final up to block ${final}`,
    count > nonce ? `nonce ${nonce} is used up` : `nonce ${nonce} is free`,
    ...lookups.map((lookup) => describeLookup(lookup, sent)),
    ...blocks.map(({ number, hash }) => `block ${number} is ${hash}`),
  ].join("; ");
}

function describeLookup(lookup: SourceView["lookups"][number], sent: readonly Sent[]): string {
  const candidate = sent.find(({ hash }) => hash === lookup.transactionHash);
  const name = candidate === undefined ? lookup.transactionHash : nameOf(candidate);
  if (lookup.found === "included") return `${name} is in block ${lookup.block.number} ${lookup.block.hash}`;
  return lookup.found === "pending" ? `${name} waits in the pool` : `${name} is not known`;
}

function nameOf({ hash, role }: Sent): string {
  return role === "first" ? hash : `the ${role} ${hash}`;
}
