/** A process of the test: takes the lock, says so, and keeps it until it is killed. */
import { withLock } from "./lock.ts";

await withLock(process.argv[2] ?? "", () => {
  process.stdout.write("held");
  return new Promise<void>((resolve) => setTimeout(resolve, 60_000));
});
