/**
 * What a lifecycle would send now, for a plan: deployments in their order, then calls. What is there already, or holds already, is left out,
 * as the run would skip it. What stands on transactions before it is bound to the addresses that they would create, for a simulation of all.
 */
import { createdAddress } from "../../capabilities/evm/created-address.ts";
import { lowerLifecycle } from "../../ops/contracts/lifecycle.ts";
import type { LifecycleConfig } from "../../ops/contracts/lifecycle-config.ts";
import type { Call, Configuration, Deployment } from "../../ops/contracts/lower-lifecycle.ts";
import { shortSignature } from "../../states/abi/abi-item.ts";
import { parseSignature } from "../../states/abi/abi-signature.ts";
import { type Template, bindTemplate, contractsIn } from "../../states/abi/template.ts";
import { addressOf, askExpectation, isExpected } from "../../states/contracts/call-expectation.ts";
import { actionOfDeployment, foreseeAddress } from "../../states/contracts/deploy-contract.ts";
import type { Action } from "../../states/evm/action.ts";
import { readFragments } from "../../states/evm/fragments.ts";
import { failAttempt, simulate, simulateCall } from "../../states/evm/simulation.ts";
import type { Later, Proposed } from "../evm/proposed.ts";
import type { Opening } from "../evm/request.ts";
import { shownArguments } from "./shown-arguments.ts";

type Hex = `0x${string}`;

/** @throws LIFECYCLE_INVALID; SOURCE_FAILED */
export async function proposeLifecycle(config: LifecycleConfig, opening: Opening): Promise<Proposed[]> {
  const lowered = lowerLifecycle(config);
  const sight = new Sight(config, opening);
  const proposed: Proposed[] = [];
  for (const deployment of lowered.deployments) proposed.push(...(await sight.deployment(deployment, proposed.length)));
  for (const configuration of lowered.configurations) proposed.push(...(await sight.call(configuration, proposed.at(-1)?.step)));
  return proposed;
}

/** What is known before anything is sent: addresses, and which contracts are there. */
class Sight {
  readonly #config: LifecycleConfig;
  readonly #opening: Opening;
  readonly #addresses: { [contract: string]: Hex } = {};
  readonly #there = new Set<string>();
  /** What is deployed, in order: the place of its transaction among the proposed. */
  readonly #made: { readonly deployment: Deployment; readonly place: number }[] = [];

  constructor(config: LifecycleConfig, opening: Opening) {
    this.#config = config;
    this.#opening = opening;
    for (const entry of config.contracts) if (entry.kind === "existing") this.#know(entry.name, entry.address, true);
  }

  async deployment(deployment: Deployment, place: number): Promise<Proposed[]> {
    const { entry, creation } = deployment;
    const { asking, subject } = this.#opening;
    const by = wayOf(entry);
    const address = foreseeAddress({ by, creation }, this.#addresses);
    if (address !== undefined) {
      const answer = await asking.chain.code({ network: subject.network, account: address, at: subject.scene.at });
      if (answer.kind !== "ok") return failAttempt(answer, subject.network);
      this.#know(entry.name, address, answer.code !== "0x");
      if (answer.code !== "0x") return [];
    }
    this.#made.push({ deployment, place });
    const item = parseSignature(entry.signature);
    const missing = contractsIn(creation).find((contract) => !this.#there.has(contract));
    const action = actionOfDeployment({ by, value: entry.value }, this.#bind(creation));
    return [
      {
        step: `deploy/${entry.name}`,
        title: `deploy ${entry.name}`,
        action,
        call: { signature: shortSignature(item), arguments: shownArguments(item.inputs, entry.args, this.#addresses) },
        ...this.#rest(
          { action, errors: entry.errors ?? [], simulate },
          missing === undefined
            ? undefined
            : {
                after: `deploy/${this.#makerOf(missing)}`,
                bind: (nonce) => ({
                  action: actionOfDeployment({ by, value: entry.value }, bindTemplate(creation, this.#foreseen(nonce))),
                }),
              },
        ),
      },
    ];
  }

  /** `before`: the step of the transaction before it. */
  async call({ name, call, entry }: Configuration, before: string | undefined): Promise<Proposed[]> {
    const { asking, subject } = this.#opening;
    const { contract, signature, data, value, unless } = call;
    if (
      unless !== undefined &&
      this.#isThere([contract, ...contractsIn(data), unless.contract, ...contractsIn(unless.call), ...contractsIn(unless.expected)])
    ) {
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
        ...this.#rest(
          { action, errors, simulate: simulateCall },
          before === undefined ? undefined : { after: before, bind: (nonce) => this.#bindCall(call, nonce) },
        ),
      },
    ];
  }

  #rest(
    {
      action,
      errors,
      simulate: attempt,
    }: { readonly action: Action; readonly errors: readonly string[]; readonly simulate: typeof simulate },
    later: Pick<Later, "after" | "bind"> | undefined,
  ): Pick<Proposed, "moves" | "trial"> {
    const { view, ...sender } = this.#opening.subject;
    const abi = readFragments(errors);
    const native = { asset: { kind: "native" } as const, ...view.native };
    const to = action.to ?? nowhere;
    return {
      moves: action.value === 0n ? [] : [{ asset: native, to, amount: action.value }],
      trial:
        later === undefined
          ? { kind: "alone", simulate: (asking, scene) => attempt(asking, sender, { scene, action, abi }) }
          : { kind: "later", ...later, abi },
    };
  }

  #bindCall({ contract, data, value, unless }: Call, nonce: number): ReturnType<Later["bind"]> {
    const addresses = this.#foreseen(nonce);
    const action = { to: addressOf(addresses, contract), value, data: bindTemplate(data, addresses) };
    if (unless === undefined) return { action };
    const holds = (returned: Hex): boolean => isExpected(unless, addresses, returned);
    return { action, unless: { to: addressOf(addresses, unless.contract), data: bindTemplate(unless.call, addresses), holds } };
  }

  /** Where everything would be, the transactions having the nonces from this one on. */
  #foreseen(nonce: number): { readonly [contract: string]: Hex } {
    const addresses = { ...this.#addresses };
    const know = (name: string, address: Hex): void => {
      addresses[name] = address;
      for (const [made, at] of createdBy(this.#config, name, address)) know(made, at);
    };
    for (const { deployment, place } of this.#made) {
      const { entry, creation } = deployment;
      const created = createdAddress(this.#opening.subject.from, nonce + place);
      know(entry.name, entry.kind === "create" ? created : (foreseeAddress({ by: wayOf(entry), creation }, addresses) ?? nowhere));
    }
    return addresses;
  }

  /** The deployment that makes a contract: its own, or that of what creates it. */
  #makerOf(contract: string): string {
    const entry = this.#config.contracts.find(({ name }) => name === contract);
    return entry?.kind === "created_by" ? this.#makerOf(entry.creator) : contract;
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
    for (const [made, at] of createdBy(this.#config, name, address)) this.#know(made, at, isThere);
  }
}

/** What a contract creates itself. */
function createdBy({ contracts }: LifecycleConfig, creator: string, address: Hex): [name: string, address: Hex][] {
  return contracts.flatMap((entry) =>
    entry.kind === "created_by" && entry.creator === creator ? [[entry.name, createdAddress(address, entry.nonce)]] : [],
  );
}

function wayOf(entry: Deployment["entry"]) {
  return entry.kind === "create" ? { kind: entry.kind } : { kind: entry.kind, factory: entry.factory, salt: entry.salt };
}

const nowhere: Hex = `0x${"00".repeat(20)}`;
