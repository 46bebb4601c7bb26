/** What the tests of lanes do and look at, in two lanes. */
import assert from "node:assert/strict";
import type { Lane } from "../../kernel/lanes.ts";
import type { Store } from "../../kernel/store.ts";
import { type ActOptions, type Deed, type Working, act, working } from "./effect-streams.ts";
import type { Subject } from "./subject.ts";
import { runIdFor } from "./streams.ts";

export const lane = "eip155:31337/0xA";
export const other = "eip155:31337/0xB";

export async function admit({ admit: admitRun }: Subject, name: string): Promise<Working> {
  return working((await admitRun(name)).run);
}

export async function go(store: Store, before: Working, deeds: readonly Deed[], options?: ActOptions): Promise<Working> {
  const { append, after } = act(before, deeds, options);
  const { kind } = await store.append(append);
  assert.equal(kind, "appended");
  return after;
}

export async function get(store: Store, name = lane, queued = 100): Promise<Lane> {
  return (await store.readLane(name, queued)) ?? assert.fail(`${name} is not there`);
}

/** Such as `a pay`, or `a pay 7` with a slot. */
export function named(names: readonly string[], placed: Lane["queue"]): string[] {
  return placed.map(({ runId, step, slot }) => {
    const name = names.find((one) => runIdFor(one) === runId) ?? "?";
    return slot === null ? `${name} ${step}` : `${name} ${step} ${slot}`;
  });
}

export const intend = (step: string, name = lane): Deed => ({ does: "intend", step, lane: name });
export const acquire = (step: string, seq: number, slot: number): Deed => ({ does: "acquire", step, seq, slot });
export const send = (step: string): Deed[] => [
  { does: "prepare", step },
  { does: "dispatch", step },
];
export const settle = (step: string): Deed[] => [
  { does: "include", step },
  { does: "settle", step },
];
