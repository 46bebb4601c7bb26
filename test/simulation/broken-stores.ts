/** Stores that break one rule each: the simulation must notice. */
import { readEvent } from "../../src/kernel/events.ts";
import type { RunId } from "../../src/kernel/names.ts";
import type { Store } from "../../src/kernel/store.ts";
import { interposeStore } from "../../src/testing/faulty-store.ts";

function plain(store: Store): Store {
  return interposeStore(store, (_operation, work) => work());
}

/** Remembers the newest fence of each run. */
function watchFences(store: Store): { readonly watched: Store; readonly fences: ReadonlyMap<RunId, number> } {
  const fences = new Map<RunId, number>();
  const watched: Store = {
    ...plain(store),
    append: (append) => {
      if (append.admission !== null) fences.set(append.runId, append.admission.lease === null ? 0 : 1);
      return store.append(append);
    },
    claim: async (runId, request) => {
      const result = await store.claim(runId, request);
      if (result.kind === "claimed") fences.set(runId, result.lease.fence);
      return result;
    },
    claimNext: async (request) => {
      const result = await store.claimNext(request);
      for (const { lease } of result) fences.set(lease.runId, lease.fence);
      return result;
    },
  };
  return { watched, fences };
}

/** Lets everybody append whose head fits, whoever claimed the run since. */
export function withoutFences(store: Store): Store {
  const { watched, fences } = watchFences(store);
  return {
    ...watched,
    append: (append) => watched.append(append.fence === null ? append : { ...append, fence: fences.get(append.runId) ?? null }),
  };
}

/** Signals, cancels and resumes wake nobody. */
export function withoutPokes(store: Store): Store {
  const { watched, fences } = watchFences(store);
  return {
    ...watched,
    append: async (append) => {
      if (append.fence !== null || append.admission !== null) return watched.append(append);
      const stored = await watched.readRun(append.runId);
      return watched.append({ ...append, fence: fences.get(append.runId) ?? null, wakeAt: stored?.wakeAt ?? null });
    },
  };
}

/** Says that it appended what did not fit: a driver goes on from a stream that is not there. */
export function withoutConflicts(store: Store): Store {
  return {
    ...plain(store),
    append: async (append) => {
      const result = await store.append(append);
      return result.kind === "conflict" && append.admission === null ? { kind: "appended", order: 0, lease: null } : result;
    },
  };
}

/** Confirms every heartbeat. */
export function withKindHeartbeats(store: Store): Store {
  return {
    ...plain(store),
    heartbeat: async (leases, milliseconds) => {
      await store.heartbeat(leases, milliseconds);
      return leases.map(({ runId }) => runId);
    },
  };
}

/** Wakes nobody for a retry or a timer: runs that wait for one are due for nobody. */
export function withoutTimers(store: Store): Store {
  return { ...plain(store), release: (lease) => store.release(lease, null) };
}

/** Keeps a fact of a step with another answer than was recorded. */
export function withAlteredFacts(store: Store): Store {
  return {
    ...plain(store),
    readArtifact: async (digest) => {
      const bytes = await store.readArtifact(digest);
      const text = Buffer.from(bytes ?? []).toString("utf8");
      return text.includes("mfm-fact/1") ? Buffer.from(text.replace(/"answer":\d/, '"answer":9')) : bytes;
    },
  };
}

/** Forgets the last event of a run when it is read as a whole. */
export function withShortReads(store: Store): Store {
  return {
    ...plain(store),
    readEvents: async (runId, from, limit) => {
      const events = await store.readEvents(runId, from, limit);
      const last = events.at(-1);
      return last !== undefined && from === 0 && events.length > 3 && readEvent(last.text).event.type === "RunSucceeded"
        ? events.slice(0, -1)
        : events;
    },
  };
}
