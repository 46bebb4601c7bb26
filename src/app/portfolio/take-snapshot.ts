/** Taking a snapshot: the run, and a fresh one where the chain was reorganised under the pinned block. */
import { snapshot } from "../../ops/portfolio/snapshot.ts";
import { readConfiguration } from "../configuration.ts";
import { type Driven, type Driving, startConfigured } from "../drive-runs.ts";
import { failure } from "../failure.ts";
import { freshKey } from "../machine.ts";
import { type NetworkView, type Networks, variableOf } from "../networks/networks.ts";
import { networksOf } from "../networks/place-networks.ts";
import { fanOut } from "../watch.ts";
import { type PreparedSnapshot, prepareSnapshot } from "./request.ts";
import { SourceFailures } from "./source-failures.ts";
import type { Snapshot } from "../../states/portfolio/snapshot.ts";
import { readSnapshot } from "./snapshot-output.ts";
import { type SnapshotFlags, wishOf } from "./snapshot-flags.ts";

const mostRuns = 3;

export interface SnapshotTerms {
  readonly flags: SnapshotFlags;
  readonly key: string | undefined;
  readonly detach: boolean;
  /** Told when the pinned block was lost, before the next run is started. */
  readonly onPinLost: (runId: string) => void;
}

export interface TakenSnapshot extends Driven {
  /** Once the run succeeded. */
  readonly snapshot: Snapshot | null;
  readonly prepared: PreparedSnapshot;
  /** Why sources failed, where the run is paused. */
  readonly reasons: readonly string[];
  /** The environment variable that must hold the URL of --rpc where the run is resumed; null without --rpc. */
  readonly resumeVariable: string | null;
}

/** @throws NETWORK_UNKNOWN, NETWORK_NOT_READY, PORTFOLIO_UNKNOWN, PORTFOLIO_INVALID, TOKEN_LIST_INVALID; and what starting a run throws */
export async function takeSnapshot(terms: SnapshotTerms, driving: Driving): Promise<TakenSnapshot> {
  const { place } = driving;
  const configuration = await readConfiguration(place);
  const networks = networksOf(place, configuration);
  const prepared = await prepareSnapshot(wishOf(terms.flags, configuration, place), networks, place.rpc);
  if (!terms.detach) for (const network of prepared.networks) await assertReady(network, networks);
  const failures = new SourceFailures();
  const watched = { ...driving, watch: fanOut([driving.watch, failures.watch], () => undefined) };
  const driven = await startUntilPinned(prepared, terms, watched);
  const isPaused = driven.run.status === "paused";
  return {
    ...driven,
    snapshot: driven.run.status === "succeeded" ? readSnapshot(driven.output) : null,
    prepared,
    reasons: isPaused ? failures.reasons : [],
    resumeVariable: place.rpc === undefined ? null : variableOf(place.rpc.network),
  };
}

/** A pin that is lost ends its run; the next one has a key of its own, made from the first, so that the same command attaches to the same runs. */
async function startUntilPinned({ request }: PreparedSnapshot, terms: SnapshotTerms, driving: Driving): Promise<Driven> {
  const key = terms.key ?? freshKey();
  for (let attempt = 1; ; attempt++) {
    const attemptKey = attempt === 1 ? key : `${key} (${attempt})`;
    const driven = await startConfigured(request, { entryPoint: snapshot.id, key: attemptKey, detach: terms.detach }, driving);
    if (driven.run.failure?.code !== "PIN_LOST" || attempt === mostRuns) return driven;
    terms.onPinLost(driven.run.runId);
  }
}

/** Said before a run is started that could only pause. */
async function assertReady({ id, name }: NetworkView, networks: Networks): Promise<void> {
  if ((await networks.sourcesOf(id)).endpoints.length > 0) return;
  throw failure("NETWORK_NOT_READY", `nothing says where ${name} is read: set ${variableOf(id)}, or use --rpc URL --chain-id N`, {
    network: id,
    variable: variableOf(id),
  });
}
