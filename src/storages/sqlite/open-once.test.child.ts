/** Opens the store at a path and prints what came of it. */
import { openSqliteStore } from "./open.ts";

try {
  const store = await openSqliteStore({ path: process.argv[2] ?? "" });
  await store.close();
  console.log("opened");
} catch (error) {
  console.log((error as { readonly code?: string }).code);
}
