/** A test with an empty store, a clock that only it moves, and the appends it is made of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../kernel/run.ts";
import type { Append, AppendResult, Lease, Store } from "../../kernel/store.ts";
import type { OpenStore } from "../store-conformance.ts";
import { type AdmissionOptions, type NextOptions, admissionOf, nextOf } from "./streams.ts";

export const startOfTime = 1_700_000_000_000;

export interface Subject {
  readonly store: Store;
  readonly reopen: (() => Promise<Store>) | undefined;
  /** Moves the store's clock; what it says then. */
  advance(milliseconds: number): number;
  /** Admits a run, which must succeed. */
  admit(name: string, options?: AdmissionOptions): Promise<{ readonly run: Run; readonly lease: Lease | null }>;
  /** Appends to a run, which must succeed; the run after it. */
  go(run: Run, options?: NextOptions): Promise<Run>;
}

export function storeTest(name: string, open: OpenStore, body: (subject: Subject) => Promise<void>): void {
  test(name, async () => {
    let now = startOfTime;
    const { store, reopen, close } = await open(() => now);
    const subject: Subject = {
      store,
      reopen,
      advance: (milliseconds) => (now += milliseconds),
      async admit(run, options) {
        const append = admissionOf(run, options);
        return { run: append.run, lease: (await appended(store, append)).lease };
      },
      async go(run, options) {
        const append = nextOf(run, options);
        await appended(store, append);
        return append.run;
      },
    };
    try {
      await body(subject);
    } finally {
      await close();
    }
  });
}

async function appended(store: Store, append: Append): Promise<AppendResult & { readonly kind: "appended" }> {
  const result = await store.append(append);
  assert.equal(result.kind, "appended");
  return result as AppendResult & { readonly kind: "appended" };
}
