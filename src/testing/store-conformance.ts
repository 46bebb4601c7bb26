/**
 * The suite that every store passes. It registers `node:test` tests; each opens an empty store and moves a clock of its own.
 *
 * ```ts
 * testStoreConformance("sqlite", async (clock) => {
 *   const store = await openSqliteStore({ path, clock });
 *   return { store, close: () => store.close() };
 * });
 * ```
 */
import { describe } from "node:test";
import type { Store } from "../kernel/store.ts";
import { testAppends } from "./store/appends.ts";
import { testClaims } from "./store/claims.ts";
import { testLeases } from "./store/leases.ts";
import { testReads } from "./store/reads.ts";

export interface StoreSubject {
  readonly store: Store;
  /** Closes the store and opens the same one again; absent where nothing outlives the process. */
  readonly reopen?: () => Promise<Store>;
  /** Closes what is open and removes what was made. */
  readonly close: () => Promise<void>;
}

/** Opens an empty store that takes the time from `clock` (Unix milliseconds). */
export type OpenStore = (clock: () => number) => Promise<StoreSubject>;

export function testStoreConformance(name: string, open: OpenStore): void {
  describe(`store ${name}`, () => {
    testAppends(open);
    testClaims(open);
    testLeases(open);
    testReads(open);
  });
}
