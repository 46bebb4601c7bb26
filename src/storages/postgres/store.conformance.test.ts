import { testStoreConformance } from "../../testing/store-conformance.ts";
import { openScratch } from "../../../test/postgres/scratch.ts";

testStoreConformance("postgres", async (clock) => {
  const scratch = await openScratch({ clock });
  return { store: scratch.store, reopen: scratch.reopen, close: scratch.close };
});
