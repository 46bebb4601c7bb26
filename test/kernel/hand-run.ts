/** Runs that are written by hand, event by event, with whatever the runtime would append with them: for stores, whoever opened them. */
import assert from "node:assert/strict";
import { jsonArtifact } from "../../src/kernel/artifacts.ts";
import { toCanonical } from "../../src/kernel/canonical.ts";
import { deriveEffectId } from "../../src/kernel/effects/evidence.ts";
import type { ArtifactKind, EventDraft, Ref } from "../../src/kernel/events.ts";
import { Fold } from "../../src/kernel/fold.ts";
import { runIdOf } from "../../src/kernel/names.ts";
import { digestOf } from "../../src/kernel/canonical.ts";
import { Batch } from "../../src/kernel/runtime/batch.ts";
import { encodeSpec } from "../../src/kernel/spec.ts";
import type { NewArtifact, Store } from "../../src/kernel/store.ts";
import { paySpec } from "./writes.ts";

const now = Date.parse("2026-01-01T00:00:00.000Z");

export class HandRun {
  readonly fold: Fold;
  readonly #store: Store;
  #artifacts: NewArtifact[] = [];

  private constructor(store: Store, name: string) {
    this.#store = store;
    this.fold = new Fold(runIdOf(digestOf(name)), paySpec);
  }

  /** Admits a run that pays two people; nobody drives it. */
  static async admit(store: Store, name: string): Promise<HandRun> {
    const hand = new HandRun(store, name);
    const { text, specRef } = encodeSpec(paySpec);
    const spec = jsonArtifact("spec", text);
    const config = jsonArtifact("config", toCanonical(name));
    const manifest = jsonArtifact("manifest", toCanonical({ name }));
    const batch = new Batch(hand.fold, now);
    batch.add({ type: "RunAdmitted", data: { spec: spec.ref, config: config.ref, manifest: manifest.ref } });
    batch.artifacts.push(spec.artifact, config.artifact, manifest.artifact);
    const admission = { entryPoint: paySpec.op, specRef, configDigest: config.ref.digest, parent: null, lease: null };
    assert.equal((await store.append(batch.append(null, now, admission))).kind, "appended");
    return hand;
  }

  /** Appends as somebody who does not drive. */
  async append(...drafts: readonly EventDraft[]): Promise<this> {
    const batch = new Batch(this.fold, now);
    for (const draft of drafts) batch.add(draft);
    batch.artifacts.push(...this.#artifacts);
    this.#artifacts = [];
    assert.equal((await this.#store.append(batch.append(null, null))).kind, "appended");
    return this;
  }

  intend(step: string, lane: string): EventDraft {
    const effect = deriveEffectId(this.fold.runId, step);
    return { type: "EffectIntended", data: { step, attempt: 1, effect, intent: this.#keep("intent", step), facts: [], lane } };
  }

  /** `seq`: of the lane, before it. */
  acquire(step: string, lane: string, { seq, slot }: { readonly seq: number; readonly slot: number }): EventDraft {
    return { type: "LaneAcquired", data: { step, lane, seq: seq + 1, slot, open: [], standing: this.#keep("standing", "standing") } };
  }

  send(step: string): EventDraft[] {
    const envelope = this.#keep("envelope", `${this.fold.runId} ${step}`);
    return [
      { type: "EffectPrepared", data: { step, candidate: 0, identity: `${this.fold.runId} ${step}`, envelope } },
      { type: "EffectDispatched", data: { step, candidate: 0 } },
    ];
  }

  settle(step: string): EventDraft[] {
    const evidence = this.#keep("evidence", "booked");
    const settlement = this.#keep("settlement", "settled");
    return [
      { type: "EffectObserved", data: { step, candidate: 0, seen: { kind: "included", status: "success", evidence } } },
      { type: "EffectSettled", data: { step, candidate: 0, outcome: { kind: "success", settlement }, evidence } },
    ];
  }

  #keep(kind: ArtifactKind, text: string): Ref {
    const { ref, artifact } = jsonArtifact(kind, toCanonical(text));
    this.#artifacts.push(artifact);
    return ref;
  }
}

/** Three runs in two lanes, in a queue that is not that of their admission; one effect is open, one settled. */
export async function fillLanes(store: Store, [first, second]: readonly [string, string]): Promise<void> {
  const [a, b, c] = [await HandRun.admit(store, "a"), await HandRun.admit(store, "b"), await HandRun.admit(store, "c")];
  await c.append(c.intend("pay/0", first));
  await c.append({ type: "RunPaused", data: { code: "PAUSED_BY_PERSON" } });
  await c.append({ type: "RunResumed", data: { actor: "test", reason: "test" } });
  await b.append(b.intend("pay/0", first), b.intend("pay/1", second));
  await a.append(a.intend("pay/0", first), a.intend("pay/1", first));
  await c.append(c.intend("pay/1", second));
  await b.append(b.acquire("pay/0", first, { seq: 0, slot: 7 }), ...b.send("pay/0"));
  await a.append(a.acquire("pay/1", first, { seq: 1, slot: 8 }), ...a.send("pay/1"));
  await b.append(...b.settle("pay/0"));
}
