/** What every backend checks of an append before it opens a transaction: that it is one. A refusal is a defect of the caller. */
import { digestOf } from "../kernel/canonical.ts";
import { MfmError, invariant } from "../kernel/errors.ts";
import { limits } from "../kernel/json.ts";
import type { EffectRow } from "../kernel/lanes.ts";
import type { Append, NewArtifact } from "../kernel/store.ts";

/**
 * @throws INTERNAL when events do not continue `expected`, a digest is not of its bytes, the run's row is not of the last event, or rows of effects contradict themselves
 * @throws VALUE_TOO_LARGE when an artifact is over 16 MiB
 */
export function assertAppend(append: Append): void {
  const { runId, expected, events, run, admission } = append;
  invariant(events.length > 0, "an append has events");
  invariant((expected === null) === (admission !== null), "an append without an expected head is an admission, and no other is");
  let seq = expected === null ? 0 : expected.seq + 1;
  let prev = expected?.digest ?? null;
  for (const { event, text, digest } of events) {
    invariant(event.runId === runId, "an event is of the run it is appended to");
    invariant(event.seq === seq && event.prev === prev, "events continue the expected head without a gap");
    invariant(digestOf(text) === digest, "an event's digest is of its text");
    seq++;
    prev = digest;
  }
  invariant(run.runId === runId && run.head.seq === seq - 1 && run.head.digest === prev, "the run's row is of its last event");
  for (const artifact of append.artifacts) assertArtifact(artifact);
  assertEffects(append);
}

/** A lane is locked by its name where a database needs that: whoever enters its queue has to name it. */
function assertEffects({ effects = [], lanes = [] }: Append): void {
  const named = new Set(lanes.map(({ lane }) => lane));
  invariant(named.size === lanes.length, "an append names a lane once");
  invariant(new Set(effects.map(({ effect }) => effect)).size === effects.length, "an append names an effect once");
  for (const row of effects) {
    invariant(isPlaced(row), "an effect has a slot where it holds or uses one, and none while it waits");
    invariant(row.place !== "queued" || (row.lane !== null && named.has(row.lane)), "an append names the lanes whose queues it enters");
  }
}

function isPlaced({ lane, slot, place }: EffectRow): boolean {
  if (lane === null) return slot === null && place === null;
  return place === null || (place === "queued") === (slot === null);
}

/** @throws INTERNAL when the digest is not of the bytes; VALUE_TOO_LARGE when they are over 16 MiB */
export function assertArtifact({ digest, body }: NewArtifact): void {
  const bytes = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  if (bytes > limits.artifactBytes)
    throw new MfmError("VALUE_TOO_LARGE", `an artifact has ${bytes} bytes; at most ${limits.artifactBytes} are allowed`, { digest, bytes });
  invariant(digestOf(body) === digest, "an artifact's digest is of its bytes");
}
