/** Vaults and their keys, for people. */
import { countOf } from "../../app/count.ts";
import type { Listing, Shown } from "../../app/keystore/keys.ts";
import type { MadeVault } from "../../app/keystore/vault-care.ts";
import type { Checked } from "../../app/keystore/verify-vault.ts";
import { type Paint, printable } from "../paint.ts";
import { renderPairs, renderTable } from "./table.ts";
import { showInstant } from "./time.ts";

type Entry = Shown["entry"];
type Trail = Checked["trail"] & { readonly lines: readonly TrailLine[] };

interface TrailLine {
  readonly seq: number;
  readonly at: string;
  readonly record: { readonly [name: string]: unknown };
}

export function renderVault({ path, vaultId, generation, kdf }: MadeVault, paint: Paint): string {
  return renderPairs(
    [
      ["vault", printable(path)],
      ["id", vaultId],
      ["generation", String(generation)],
      ["derivation", `Argon2id, ${kdf.memoryKib / 1024} MiB, ${kdf.iterations} passes, ${kdf.parallelism} lanes`],
    ],
    paint,
  );
}

function showKind(kind: Entry["kind"]): string {
  return kind.type === "hd" ? `hd ${kind.path}` : kind.type;
}

function pairsOf(entry: Entry): [string, string][] {
  return [
    ["id", entry.id],
    ["label", printable(entry.label)],
    ["address", entry.address],
    ["kind", entry.kind.type === "hd" ? `${showKind(entry.kind)} of ${entry.kind.fingerprint}` : showKind(entry.kind)],
    ["created", showInstant(entry.createdAt)],
    ["policy", entry.policy === null ? "none" : printable(JSON.stringify(entry.policy))],
  ];
}

export function renderEntry(entry: Entry, paint: Paint): string {
  return renderPairs(pairsOf(entry), paint);
}

export function renderShown({ entry, verified }: Shown, paint: Paint): string {
  return renderPairs([...pairsOf(entry), ["verified", verified ? "yes" : paint("yellow", "no: the vault was not unlocked")]], paint);
}

export interface ShownListing extends Omit<Listing, "entries"> {
  readonly entries: readonly (Pick<Entry, "id" | "label" | "kind" | "createdAt"> & {
    readonly address: string | null;
    readonly hasPolicy: boolean;
  })[];
}

export function renderListing({ entries, verified }: ShownListing, paint: Paint): string {
  const state = verified ? "verified" : paint("yellow", "unverified: the vault was not unlocked");
  const summary = `${countOf(entries.length, "key")}, ${state}`;
  if (entries.length === 0) return summary;
  const withAddress = entries.some(({ address }) => address !== null);
  const head = ["ID", "LABEL", ...(withAddress ? ["ADDRESS"] : []), "KIND", "POLICY", "CREATED (UTC)"];
  const rows = entries.map(({ id, label, address, kind, hasPolicy, createdAt }) => [
    id.slice(0, 8),
    printable(label),
    ...(withAddress ? [address ?? ""] : []),
    showKind(kind),
    hasPolicy ? "yes" : "no",
    showInstant(createdAt),
  ]);
  return `${renderTable(head, rows, paint)}\n${summary}`;
}

const anchors = {
  held: "as this machine saw it last",
  moved: "as this machine saw it last, in another place",
  newer: "newer than this machine saw it last: changed elsewhere",
  unknown: "this machine sees it for the first time",
} as const;

export function renderChecked({ path, vaultId, generation, keys, anchor, trail }: Checked, paint: Paint): string {
  return renderPairs(
    [
      ["vault", printable(path)],
      ["id", vaultId],
      ["generation", `${generation}, ${anchors[anchor]}`],
      ["keys", `${keys}, each has its address`],
      ["trail", showTrail(trail)],
    ],
    paint,
  );
}

function showTrail({ records, result }: Checked["trail"]): string {
  return `${countOf(records, "record")}, ${result === "verified" ? "verified" : "chained: who wrote the last is not verified"}`;
}

export function renderTrail(trail: Trail, paint: Paint): string {
  const rows = trail.lines.map(({ seq, at, record: { kind, ...rest } }) => {
    const details = Object.entries(rest).map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`);
    return [String(seq), showInstant(at), printable(String(kind)), printable(details.join("  "))];
  });
  return rows.length === 0 ? showTrail(trail) : `${renderTable(["#", "AT (UTC)", "WHAT", ""], rows, paint)}\n${showTrail(trail)}`;
}
