/** A store with a backup that can take its place: two models, which do the same until the backup is made. */
import type { Store } from "../../../src/kernel/store.ts";
import { openModelStore } from "../../../src/storages/model/model-store.ts";

export interface RestorableStore {
  /** Whoever opened it keeps what it was then. */
  readonly store: Store;
  backUp(): void;
  restore(): void;
}

export function openRestorableStore(clock: () => number): RestorableStore {
  const first = openModelStore({ clock });
  const backup = openModelStore({ clock, scope: first.scope });
  let isBackedUp = false;
  const doBoth = (name: keyof Store, target: Store, member: () => unknown, given: readonly unknown[]): unknown => {
    if (!isBackedUp) void Reflect.apply(backup[name] as () => unknown, backup, given);
    return Reflect.apply(member, target, given);
  };
  let store = new Proxy(first, {
    get(target, name: keyof Store) {
      const member: unknown = target[name];
      return typeof member === "function" ? (...given: readonly unknown[]) => doBoth(name, target, member as () => unknown, given) : member;
    },
  });
  return {
    get store() {
      return store;
    },
    backUp() {
      isBackedUp = true;
    },
    restore() {
      isBackedUp = true;
      store = backup;
    },
  };
}
