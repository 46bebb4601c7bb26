import { testStoreConformance } from "../../testing/store-conformance.ts";
import { openEmptied } from "../../../test/postgres/scratch.ts";

testStoreConformance("postgres", async (clock) => {
  const scratch = await openEmptied({ clock });
  return { store: scratch.store, reopen: scratch.reopen, close: scratch.close };
});
