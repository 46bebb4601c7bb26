/** What is planned: transactions that an op would send, and what simulating them came to. */
import type { Action } from "../../states/evm/action.ts";
import type { Fragments, ShownArgument } from "../../states/evm/fragments.ts";
import type { Scene, Sender, Simulation, Simulators } from "../../states/evm/simulation.ts";
import type { NetworkView } from "../networks/networks.ts";
import type { AssetView } from "./asset.ts";

type Hex = `0x${string}`;

export interface PlanSubject extends Sender {
  readonly view: Pick<NetworkView, "id" | "name" | "native">;
  readonly scene: Scene;
}

/** One transaction that an op would send. */
export interface Proposed {
  readonly step: string;
  /** What a person calls it: a line of a payout, a contract's function. */
  readonly title: string;
  readonly action: Action;
  /** Null where the data is none of the ABI given, or there is none. */
  readonly call: { readonly signature: string; readonly arguments: readonly ShownArgument[] } | null;
  /** What it moves, and to whom, beyond what the network charges. */
  readonly moves: readonly Move[];
  /** How it is found out what it would do. Whatever is found here, each is simulated again before it is sent. */
  readonly trial: Alone | Later;
  /** What a person calls the contract that is called, where its address is not known yet. */
  readonly target?: string;
}

export interface Move {
  readonly asset: AssetView;
  readonly to: Hex;
  readonly amount: bigint;
}

/** What stands on no other transaction. */
export interface Alone {
  readonly kind: "alone";
  readonly simulate: (asking: Simulators, scene: Scene) => Promise<Simulation>;
}

/** What stands on transactions before it. */
export interface Later {
  readonly kind: "later";
  /** The step of one that it stands on. */
  readonly after: string;
  /** What it does, the plan's transactions having the nonces from this one on, in their order. */
  readonly bind: (nonce: number) => {
    readonly action: Action;
    /** What is asked before: where that holds, nothing is sent. */
    readonly unless?: { readonly to: Hex; readonly data: Hex; readonly holds: (returned: Hex) => boolean };
  };
  readonly abi: Fragments;
}

/** Why what stands on others was not simulated. */
export type Unforeseen =
  /** No provider has `eth_simulateV1`. */
  | "unsupported"
  /** None gave an answer that says something. */
  | "unanswered"
  /** More than nodes simulate at once. */
  | "too_many"
  /** What it stands on would fail. */
  | "fails_before"
  /** What it is for holds by then: its step will send nothing. */
  | "holds_by_then";

export type Trouble = { readonly code: string; readonly message: string };

/** What simulating one came to. */
export type Attempt =
  | { readonly gas: bigint; readonly expectedGas: bigint }
  | { readonly problem: Trouble }
  | { readonly why: Unforeseen; readonly after: string };
