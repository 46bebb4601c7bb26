import { testStoreConformance } from "../../testing/store-conformance.ts";
import { openModelStore } from "./model-store.ts";

testStoreConformance("model", async (clock) => {
  const store = openModelStore({ clock });
  return { store, close: () => store.close() };
});
