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
import { testAppends } from "./store/appends.ts";
import { testClaims } from "./store/claims.ts";
import { testLanes } from "./store/lanes.ts";
import { testLeases } from "./store/leases.ts";
import { testReads } from "./store/reads.ts";
import type { OpenStore } from "./store/subject.ts";

export type { OpenStore, StoreSubject } from "./store/subject.ts";

export function testStoreConformance(name: string, open: OpenStore): void {
  describe(`store ${name}`, () => {
    testAppends(open);
    testClaims(open);
    testLeases(open);
    testReads(open);
    testLanes(open);
  });
}
