/** What sources show of an EVM transaction's candidates, read from evidence: what is final for each of them, and what they have in which block. */
import type { Role } from "../../kernel/effects/ledger.ts";
import type { BlockRef } from "./block.ts";
import type { SourceView, TransactionEvidence } from "./transaction-evidence.ts";
import type { TransactionIntent } from "./transaction-intent.ts";

/** A candidate that may be out there. */
export interface Sent {
  readonly index: number;
  readonly hash: `0x${string}`;
  readonly role: Role;
}

/** What a source says, with the height up to which its blocks are final by the intent's policy. */
export type View = Omit<SourceView, "final"> & { readonly final: bigint | undefined };

export function viewsOf(intent: Pick<TransactionIntent, "finality">, { views }: Pick<TransactionEvidence, "views">): readonly View[] {
  return views.map((view) => ({ ...view, final: finalOf(intent, view) }));
}

function finalOf({ finality }: Pick<TransactionIntent, "finality">, { final, head }: SourceView): bigint | undefined {
  if (final === undefined || finality.kind === "tag") return final?.number;
  return final.number + BigInt(finality.blocks) <= head.number + 1n ? final.number : undefined;
}

export function hashAt({ blocks }: View, number: bigint): string | undefined {
  return blocks.find((block) => block.number === number)?.hash;
}

/** That a source has a candidate in a block which is the canonical one for it. */
export interface Inclusion {
  readonly source: string;
  readonly candidate: Sent;
  readonly block: BlockRef;
  readonly isFinal: boolean;
}

export function includedIn(views: readonly View[], sent: readonly Sent[]): Inclusion[] {
  return views.flatMap((view) =>
    view.lookups.flatMap((lookup) => {
      const candidate = sent.find(({ hash }) => hash === lookup.transactionHash);
      if (candidate === undefined || lookup.found !== "included" || hashAt(view, lookup.block.number) !== lookup.block.hash) return [];
      const isFinal = view.final !== undefined && lookup.block.number <= view.final;
      return [{ source: view.source, candidate, block: lookup.block, isFinal }];
    }),
  );
}

/** Nobody has another block there. */
export function isAgreed(views: readonly View[], { number, hash }: BlockRef): boolean {
  return views.every((view) => (hashAt(view, number) ?? hash) === hash);
}
