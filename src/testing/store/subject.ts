/** A test with an empty store, a clock that only it moves, and the appends it is made of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../kernel/run.ts";
import type { Lease } from "../../kernel/leases.ts";
import type { Append, AppendResult, Store } from "../../kernel/store.ts";
import { type AdmissionOptions, type NextOptions, admissionOf, nextOf } from "./streams.ts";

export const startOfTime = 1_700_000_000_000;

export interface StoreSubject {
  readonly store: Store;
  /** Closes the store and opens the same one again; absent where nothing outlives the process. */
  readonly reopen?: () => Promise<Store>;
  /** Closes what is open and removes what was made. */
  readonly close: () => Promise<void>;
}

/** Opens an empty store that takes the time from `clock` (Unix milliseconds). */
export type OpenStore = (clock: () => number) => Promise<StoreSubject>;

export interface Subject {
  readonly store: Store;
  readonly reopen: (() => Promise<Store>) | undefined;
  /** Moves the store's clock; what it says then. */
  readonly advance: (milliseconds: number) => number;
  /** Admits a run, which must succeed. */
  readonly admit: (name: string, options?: AdmissionOptions) => Promise<{ readonly run: Run; readonly lease: Lease | null }>;
  /** Appends to a run, which must succeed; the run after it. */
  readonly go: (run: Run, options?: NextOptions) => Promise<Run>;
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
  return result.kind === "appended" ? result : assert.fail(result.kind);
}
