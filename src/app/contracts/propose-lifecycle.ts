/**
 * What a lifecycle would send now, for a plan: deployments in their order, then calls. What is there already, or holds already, is left out,
 * as the run would skip it. What stands on a transaction before it is not simulated here: its own step does that before it is sent.
 */
import { lowerLifecycle } from "../../ops/contracts/lifecycle.ts";
import type { LifecycleConfig } from "../../ops/contracts/lifecycle-config.ts";
import type { Configuration, Deployment } from "../../ops/contracts/lower-lifecycle.ts";
import { shortSignature } from "../../states/abi/abi-item.ts";
import { parseSignature } from "../../states/abi/abi-signature.ts";
import { type Template, bindTemplate, contractsIn } from "../../states/abi/template.ts";
import { askExpectation } from "../../states/contracts/call-expectation.ts";
import { deriveCreateAddress } from "../../states/contracts/created-address.ts";
import { actionOfDeployment, foreseeAddress } from "../../states/contracts/deploy-contract.ts";
import type { Action } from "../../states/evm/action.ts";
import { readFragments } from "../../states/evm/fragments.ts";
import { failAttempt, simulate } from "../../states/evm/simulation.ts";
import type { Proposed } from "../evm/plan.ts";
import type { Opening } from "../evm/request.ts";
import { shownArguments } from "./shown-arguments.ts";

type Hex = `0x${string}`;

/** @throws LIFECYCLE_INVALID; SOURCE_FAILED */
export async function proposeLifecycle(config: LifecycleConfig, opening: Opening): Promise<Proposed[]> {
  const lowered = lowerLifecycle(config);
  const sight = new Sight(config, opening);
  const proposed: Proposed[] = [];
  for (const deployment of lowered.deployments) proposed.push(...(await sight.deployment(deployment)));
  for (const configuration of lowered.configurations) proposed.push(...(await sight.call(configuration, proposed.length === 0)));
  return proposed;
}

/** What is known before anything is sent: addresses, and which contracts are there. */
class Sight {
  readonly #config: LifecycleConfig;
  readonly #opening: Opening;
  readonly #addresses: { [contract: string]: Hex } = {};
  readonly #there = new Set<string>();

  constructor(config: LifecycleConfig, opening: Opening) {
    this.#config = config;
    this.#opening = opening;
    for (const entry of config.contracts) if (entry.kind === "existing") this.#know(entry.name, entry.address, true);
  }

  async deployment({ entry, creation }: Deployment): Promise<Proposed[]> {
    const { asking, subject } = this.#opening;
    const by = entry.kind === "create" ? { kind: entry.kind } : { kind: entry.kind, factory: entry.factory, salt: entry.salt };
    const address = foreseeAddress({ by, creation }, this.#addresses);
    if (address !== undefined) {
      const answer = await asking.chain.code({ network: subject.network, account: address, at: subject.scene.at });
      if (answer.kind !== "ok") return failAttempt(answer, subject.network);
      this.#know(entry.name, address, answer.code !== "0x");
      if (answer.code !== "0x") return [];
    }
    const item = parseSignature(entry.signature);
    const action = actionOfDeployment({ by, value: entry.value }, this.#bind(creation));
    return [
      {
        step: `deploy/${entry.name}`,
        title: `deploy ${entry.name}`,
        action,
        call: { signature: shortSignature(item), arguments: shownArguments(item.inputs, entry.args, this.#addresses) },
        ...this.#rest(action, { canSimulate: this.#isThere(contractsIn(creation)), errors: entry.errors ?? [] }),
      },
    ];
  }

  async call({ name, call, entry }: Configuration, isFirst: boolean): Promise<Proposed[]> {
    const { asking, subject } = this.#opening;
    const { contract, signature, data, value, unless } = call;
    const named = [contract, ...contractsIn(data)];
    if (unless !== undefined && this.#isThere([...named, unless.contract, ...contractsIn(unless.call), ...contractsIn(unless.expected)])) {
      const { network, scene } = subject;
      const answer = await askExpectation({ chain: asking.chain, network, at: scene.at, addresses: this.#addresses }, unless);
      if (answer.kind === "block_lost" || answer.kind === "source_failed") return failAttempt(answer, network);
      if (answer.kind === "held") return [];
    }
    const item = parseSignature(signature);
    const to = this.#addresses[contract];
    const action = { ...(to === undefined ? {} : { to }), value, data: this.#bind(data) };
    const errors = this.#config.contracts.find((one) => one.name === contract)?.errors ?? [];
    return [
      {
        step: `configure/${name}`,
        title: name,
        action,
        call: { signature: shortSignature(item), arguments: shownArguments(item.inputs, entry.args, this.#addresses) },
        ...(to === undefined ? { target: contract } : {}),
        // A call may stand on any transaction before it: of several, the first alone says something now.
        ...this.#rest(action, { canSimulate: isFirst && this.#isThere(named), errors }),
      },
    ];
  }

  #rest(action: Action, { canSimulate, errors }: { readonly canSimulate: boolean; readonly errors: readonly string[] }) {
    const { view, ...sender } = this.#opening.subject;
    const abi = readFragments(errors);
    const native = { asset: { kind: "native" } as const, ...view.native };
    const to = action.to ?? nowhere;
    return {
      moves: action.value === 0n ? [] : [{ asset: native, to, amount: action.value }],
      simulate: canSimulate
        ? (...[asking, scene]: Parameters<NonNullable<Proposed["simulate"]>>) => simulate(asking, sender, { scene, action, abi })
        : undefined,
    };
  }

  /** With zeros for what is not known: of a proposal that is not simulated. */
  #bind(given: Template): Hex {
    const unknown = contractsIn(given).filter((contract) => this.#addresses[contract] === undefined);
    return bindTemplate(given, { ...this.#addresses, ...Object.fromEntries(unknown.map((contract) => [contract, nowhere])) });
  }

  #isThere(contracts: readonly string[]): boolean {
    return contracts.every((contract) => this.#there.has(contract));
  }

  #know(name: string, address: Hex, isThere: boolean): void {
    this.#addresses[name] = address;
    if (isThere) this.#there.add(name);
    for (const entry of this.#config.contracts)
      if (entry.kind === "created_by" && entry.creator === name)
        this.#know(entry.name, deriveCreateAddress(address, BigInt(entry.nonce)), isThere);
  }
}

const nowhere: Hex = `0x${"00".repeat(20)}`;
