/** Several watchers behind the one that the runtime knows. */
import type { Watch } from "../kernel/ports.ts";

/** Tells each watcher of every moment. One that throws must not stop a run: it hears no more. */
export function fanOut(watchers: readonly Watch[], onBroken: (error: unknown) => void): Watch {
  const listening = [...watchers];
  return (moment) => {
    for (let index = 0; index < listening.length; index++) {
      try {
        listening[index]?.(moment);
      } catch (error) {
        listening.splice(index--, 1);
        onBroken(error);
      }
    }
  };
}
