/** A stage for snapshots: the production definitions over providers that a test chooses, in a store in memory. */
import assert from "node:assert/strict";
import { boxedDefinitions } from "../../src/app/box.ts";
import { machineRandom } from "../../src/app/machine.ts";
import type { Backend } from "../../src/kernel/capability.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { type Outcome, Runtime } from "../../src/kernel/runtime/runtime.ts";
import type { OutputOf } from "../../src/kernel/op.ts";
import { type History, readHistory } from "../../src/kernel/verify/history.ts";
import { type SnapshotRequest } from "../../src/ops/portfolio/snapshot-config.ts";
import { snapshot } from "../../src/ops/portfolio/snapshot.ts";
import { openModelStore } from "../../src/storages/model/model-store.ts";
import type { DevChain } from "../../src/testing/index.ts";
import { httpProvider } from "../../src/transports/evm/http-provider.ts";
import type { Provider } from "../../src/transports/evm/provider.ts";
import { evmReader } from "../../src/transports/evm/reader.ts";
import { LeapClock } from "../evm/leap-clock.ts";

export type SnapshotOutput = OutputOf<ReturnType<typeof snapshot.plan>>;
export type Holding = SnapshotOutput["pages"][number]["holdings"][number];

export const network = "eip155:31337";

/** Waiting takes no time, for nobody here. */
export const clock = new LeapClock();

/** A provider over HTTP that gives up soon: what is asked here answers at once, or never. */
export function providerOf(url: string, ref = "primary"): Provider {
  return httpProvider({ ref, url, clock, random: machineRandom, timeoutMs: 10_000 });
}

/** A backend over these providers, for every network. */
export function reading(...providers: readonly Provider[]): Backend {
  return evmReader({ sourcesOf: async () => providers, clock, random: machineRandom, patienceMs: 10_000 });
}

/** Every definition that a history of a snapshot names, and nobody to ask. */
export const offline = new Registry(...boxedDefinitions());

export interface Taken {
  readonly outcome: Outcome<SnapshotOutput>;
  readonly runtime: Runtime;
}

export async function take(backend: Backend, config: SnapshotRequest): Promise<Taken> {
  const store = openModelStore({ clock: () => clock.now() });
  const registry = new Registry(...boxedDefinitions(), backend);
  const runtime = new Runtime({ store, registry, clock, random: machineRandom, owner: "test" });
  return { outcome: await runtime.start(snapshot, config, { key: "test" }), runtime };
}

export interface Succeeded {
  readonly output: SnapshotOutput;
  readonly digest: string;
  readonly history: History;
}

/** Takes a snapshot that must succeed. */
export async function taken(backend: Backend, config: SnapshotRequest): Promise<Succeeded> {
  const { outcome, runtime } = await take(backend, config);
  if (outcome.kind !== "succeeded") assert.fail(JSON.stringify(outcome.run));
  return {
    output: outcome.output,
    digest: outcome.run.outputs?.digest ?? "",
    history: await readHistory(runtime.store, outcome.run.runId),
  };
}

/** A portfolio of the chain's holder: its honest tokens as a list names them. */
export function requestOf(chain: DevChain, change: Partial<SnapshotRequest> & { readonly network?: object } = {}): SnapshotRequest {
  const { network: changed, ...rest } = change;
  return {
    accounts: [{ address: chain.holder }],
    networks: [
      {
        network,
        block: { kind: "tag", tag: "finalized" },
        native: { symbol: "ETH", decimals: 18 },
        tokens: chain.tokens.map(({ address, symbol, decimals }) => ({ address, symbol, decimals })),
        ...changed,
      },
    ],
    prices: [],
    prove: false,
    onSourceFailure: "pause",
    ...rest,
  };
}

export function holdingOf({ pages }: SnapshotOutput, address: string): Holding {
  const found = pages.flatMap(({ holdings }) => holdings).find(({ asset }) => asset.kind === "erc20" && asset.address === address);
  if (found === undefined) assert.fail(`no holding of ${address}`);
  return found;
}
