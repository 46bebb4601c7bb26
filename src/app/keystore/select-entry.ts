/** Which entry of a vault a command is about: by id, by the beginning of one, or by label. */
import type { EntryView } from "../../keystore/vault/session.ts";
import { failure, usage } from "../failure.ts";

export interface EntryChoice {
  /** Or its first characters. */
  readonly id: string | undefined;
  readonly label: string | undefined;
}

/** @throws KEY_UNKNOWN, KEY_AMBIGUOUS; USAGE when neither or both are given */
export function selectEntry(entries: readonly EntryView[], { id, label }: EntryChoice): EntryView {
  if ((id === undefined) === (label === undefined)) throw usage("name one entry: by its id, or with --by-label");
  const wanted = id?.toLowerCase();
  const found = entries.filter((entry) => (wanted === undefined ? entry.label === label : wanted !== "" && entry.id.startsWith(wanted)));
  const [entry] = found;
  const how = id === undefined ? `has the label ${JSON.stringify(label)}` : `has an id that begins with ${JSON.stringify(id)}`;
  if (entry === undefined) throw failure("KEY_UNKNOWN", `no key of the vault ${how}`, { given: id ?? label ?? "" });
  if (found.length > 1) throw failure("KEY_AMBIGUOUS", `${found.length} keys: each ${how}`, { ids: found.map((at) => at.id) });
  return entry;
}
