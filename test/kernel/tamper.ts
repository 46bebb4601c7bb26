/** Tampering with a history by somebody who re-hashes: one thing is changed, and every digest and prev after it is made right again. */
import assert from "node:assert/strict";
import { type Digest, digestOf, toCanonical } from "../../src/kernel/canonical.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import type { RunEvent, SealedEvent } from "../../src/kernel/events.ts";
import type { Json } from "../../src/kernel/json.ts";
import type { Registry } from "../../src/kernel/registry.ts";
import { type History, referencesOf } from "../../src/kernel/verify/history.ts";
import { writeBundle } from "../../src/kernel/verify/bundle.ts";
import { verifyHistory } from "../../src/kernel/verify/verify.ts";

export type Tree = { [name: string]: Json };

/** The event as data that may be changed. */
export function treeOf({ text }: SealedEvent): Tree {
  return JSON.parse(text) as Tree;
}

/** The history with some events replaced, and everything after them sealed again. `prev` is made right unless it was what was changed. */
export function resealed(history: History, replaced: ReadonlyMap<number, Tree>, more: ReadonlyMap<Digest, string> = new Map()): History {
  const events: SealedEvent[] = [];
  for (const [index, sealed] of history.events.entries()) {
    const tree = structuredClone(replaced.get(index) ?? treeOf(sealed));
    if (tree["prev"] === sealed.event.prev) tree["prev"] = events[index - 1]?.digest ?? null;
    const text = toCanonical(tree);
    events.push({ event: tree as unknown as RunEvent, text, digest: digestOf(text) });
  }
  return { runId: history.runId, events, artifacts: reached(events, new Map([...history.artifacts, ...more])) };
}

/** The artifacts that events name, as far as they are known. */
function reached(events: readonly SealedEvent[], known: ReadonlyMap<Digest, string>): Map<Digest, string> {
  const artifacts = new Map<Digest, string>();
  for (const { event } of events) {
    for (const { digest } of safely(() => referencesOf(event))) {
      const text = known.get(digest);
      if (text !== undefined) artifacts.set(digest, text);
    }
  }
  return artifacts;
}

/** An event that was changed beyond recognition names nothing. */
function safely<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch {
    return [];
  }
}

export function bundleOf(history: History): Buffer {
  return Buffer.from([...writeBundle(history)].join(""));
}

/** The value at a dotted path. */
export function valueAt(tree: Tree, path: string): Json | undefined {
  let at: Json | undefined = tree;
  for (const name of path.split(".")) at = (at as Tree | undefined)?.[name];
  return at;
}

/** A copy with the value at a dotted path replaced; undefined takes it out. */
export function withValue(tree: Tree, path: string, value: Json | undefined): Tree {
  const copy = structuredClone(tree);
  const names = path.split(".");
  let at = copy;
  for (const name of names.slice(0, -1)) at = at[name] as Tree;
  const last = names.at(-1) ?? "";
  if (value === undefined && Array.isArray(at)) at.splice(Number(last), 1);
  else if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

/** The dotted paths of everything in a tree that holds nothing else. */
export function leavesOf(value: Json, path = ""): string[] {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, path === "" ? name : `${path}.${name}`));
}

/** An event with one value changed. */
export interface Tampered {
  readonly index: number;
  readonly what: string;
  readonly path: string;
  readonly tree: Tree;
}

/** Every change of one value, one at a time: taken out, made something else (`othersFor` says what), and something added beside it. */
export function changesOf(history: History, othersFor: (path: string, value: Json | undefined) => readonly Json[]): Tampered[] {
  return history.events.flatMap((sealed, index) => {
    const tree = treeOf(sealed);
    return leavesOf(tree).flatMap((path) => {
      // What ends a history without a seq cannot be written as one.
      if (path === "seq" && index === history.events.length - 1) return [];
      const removed = { index, path, what: "taken out", tree: withValue(tree, path, undefined) };
      const replaced = othersFor(path, valueAt(tree, path)).map((value) => ({
        index,
        path,
        what: `made ${JSON.stringify(value)}`,
        tree: withValue(tree, path, value),
      }));
      const added = { index, path: `${path}x`, what: "added", tree: withValue(tree, `${path}x`, "added") };
      return replaced.concat([removed, added]);
    });
  });
}

/** The history with an artifact that an event names replaced by another text, and everything re-hashed. */
export function withArtifact(history: History, seq: number, path: string, data: Json): History {
  const text = toCanonical(data);
  return resealed(history, new Map([[seq, withValue(eventAt(history, seq), path, digestOf(text))]]), new Map([[digestOf(text), text]]));
}

/** The data of an artifact that an event names. */
export function artifactAt(history: History, seq: number, path: string): Tree {
  return JSON.parse(history.artifacts.get(valueAt(eventAt(history, seq), path) as Digest) ?? "") as Tree;
}

export function eventAt(history: History, seq: number): Tree {
  const sealed = history.events[seq];
  if (sealed === undefined) throw new Error(`no event ${seq}`);
  return treeOf(sealed);
}

/** Verification refuses the history at this event and field, in these words. */
export async function assertRefused(history: History, at: readonly [number, string, RegExp], registry: Registry): Promise<void> {
  const [seq, field, words] = at;
  await assert.rejects(verifyHistory(history, registry), (error) => {
    assert.ok(error instanceof MfmError, String(error));
    assert.deepEqual([error.code, error.details["seq"], error.details["field"]], ["HISTORY_INVALID", seq, field], error.message);
    assert.match(error.message, words);
    return true;
  });
}
