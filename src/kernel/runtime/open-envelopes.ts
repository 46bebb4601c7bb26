/** What effects of a lane may send, whichever run they are of: the envelopes of their candidates, read from their runs' streams when a backend asks. */
import { readJsonArtifact } from "../artifacts.ts";
import type { EffectKind } from "../effects/kind.ts";
import type { PlacedEffect } from "../lanes.ts";
import type { Context } from "./context.ts";
import { artifactsOf, openStoredEvent } from "./history.ts";

const page = 1000;

/** In the order in which they were prepared. @throws HISTORY_INVALID; what reading from the store throws */
export async function readEnvelopes(
  { store }: Context,
  { codecs }: EffectKind,
  { runId, step, effect }: PlacedEffect,
): Promise<readonly unknown[]> {
  const source = artifactsOf(store);
  let envelopes: unknown[] = [];
  // A step's effects follow each other: a renewal is one of its own.
  let isIts = false;
  for (let from = 0; ;) {
    const events = await store.readEvents(runId, from, page);
    for (const stored of events) {
      const { event } = openStoredEvent(runId, stored);
      if (!("step" in event.data) || event.data.step !== step) continue;
      if (event.type === "EffectIntended") [isIts, envelopes] = [event.data.effect === effect, []];
      else if (event.type === "EffectPrepared" && isIts)
        envelopes.push(codecs.envelope.decode(await readJsonArtifact(source, event.data.envelope.digest)));
    }
    if (events.length < page) return envelopes;
    from += events.length;
  }
}
