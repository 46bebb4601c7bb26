/** Random structural mutations of JSON: members and items removed, replaced, repeated, swapped, renamed, changed a little, and taken from elsewhere. */
import * as fc from "fast-check";
import type { Json } from "../../src/kernel/json.ts";

type Tree = { [name: string]: Json } | Json[];

interface Mutation {
  readonly kind: "remove" | "replace" | "repeat" | "swap" | "rename" | "graft" | "tweak";
  /** Picks the place, and another. */
  readonly at: number;
  readonly other: number;
  readonly value: Json;
}

const leaf = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    "",
    0,
    -1,
    1,
    366,
    10_001,
    Number.MAX_SAFE_INTEGER,
    "1",
    "balance",
    "report",
    "__proto__",
    "constructor",
    {},
    [],
  ),
  fc.string({ maxLength: 10 }).filter((text) => text.isWellFormed()),
  fc.maxSafeInteger().map((number) => number + 0),
);

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("remove", "replace", "repeat", "swap", "rename", "graft", "tweak", "tweak", "tweak"),
  at: fc.nat(),
  other: fc.nat(),
  value: leaf,
});

/** The JSON with one to three mutations. */
export function mutated(original: Json): fc.Arbitrary<Json> {
  return fc.array(mutation, { minLength: 1, maxLength: 3 }).map((mutations) => {
    const copy = structuredClone(original);
    for (const one of mutations) mutate(copy, one);
    return copy;
  });
}

interface Place {
  readonly tree: Tree;
  readonly name: string;
}

function placesIn(value: Json): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const tree = value as Tree;
  return Object.entries(tree).flatMap(([name, member]) => [{ tree, name }].concat(placesIn(member)));
}

function mutate(value: Json, { kind, at, other, value: fresh }: Mutation): void {
  const places = placesIn(value);
  const place = places[at % Math.max(1, places.length)];
  const second = places[other % Math.max(1, places.length)];
  if (place === undefined || second === undefined) return;
  const { tree, name } = place;
  switch (kind) {
    case "remove":
      return Array.isArray(tree) ? void tree.splice(Number(name), 1) : void delete tree[name];
    case "replace":
      return set(place, fresh);
    case "repeat":
      return Array.isArray(tree)
        ? void tree.splice(Number(name), 0, structuredClone(get(place)))
        : set({ tree, name: `${name}2` }, structuredClone(get(place)));
    case "swap": {
      const [mine, theirs] = [structuredClone(get(place)), structuredClone(get(second))];
      set(place, theirs);
      return set(second, mine);
    }
    case "rename": {
      if (Array.isArray(tree)) return void tree.splice(0, tree.length, ...tree.toReversed());
      const member = get(place);
      delete tree[name];
      return set({ tree, name: typeof fresh === "string" ? fresh : JSON.stringify(fresh) }, member);
    }
    case "tweak":
      return set(place, tweak(get(place)));
    case "graft":
      return set(place, structuredClone(get(second)));
  }
}

function tweak(value: Json): Json {
  if (typeof value === "number") return value + 1;
  return typeof value === "string" ? `${value}1` : value;
}

function get({ tree, name }: Place): Json {
  return (tree as { [name: string]: Json })[name] ?? null;
}

function set({ tree, name }: Place, value: Json): void {
  Object.defineProperty(tree, name, { value, configurable: true, enumerable: true, writable: true });
}
