import { testStoreConformance } from "../../testing/store-conformance.ts";
import { openScratch } from "./scratch.test.support.ts";

testStoreConformance("sqlite", async (clock) => {
  const scratch = await openScratch({ clock });
  return { store: scratch.store, reopen: scratch.reopen, close: scratch.close };
});
