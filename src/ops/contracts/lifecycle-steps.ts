/**
 * The steps of one lifecycle, in the order in which they are planned, and the addresses that they tell. Each is wired to nothing but what it
 * needs, so that contracts which do not name each other are deployed at once.
 */
import type { BlockRef, BlockSelector } from "../../capabilities/evm/block.ts";
import { invariant } from "../../kernel/errors.ts";
import type { Program, StepRef } from "../../kernel/op.ts";
import type { Handle, Wired } from "../../kernel/wiring.ts";
import { contractsIn } from "../../states/abi/template.ts";
import { assertCall } from "../../states/contracts/assert-call.ts";
import { assertCode } from "../../states/contracts/assert-code.ts";
import { assertLog } from "../../states/contracts/assert-log.ts";
import { assertStorage } from "../../states/contracts/assert-storage.ts";
import type { Assertion } from "../../states/contracts/assertion.ts";
import type { CallExpectation } from "../../states/contracts/call-expectation.ts";
import { configureContract } from "../../states/contracts/configure-contract.ts";
import { type Deployment, deployContract } from "../../states/contracts/deploy-contract.ts";
import { deriveCreated } from "../../states/contracts/derive-created.ts";
import type { Done } from "../../states/contracts/done.ts";
import { ensureCall } from "../../states/contracts/ensure-call.ts";
import { pinAfter } from "../../states/contracts/pin-after.ts";
import { type LifecycleReport, reportLifecycle } from "../../states/contracts/report-lifecycle.ts";
import type { Pinned } from "../../states/evm/pinned.ts";
import type { LifecycleConfig } from "./lifecycle-config.ts";
import type { Call, Configuration, Deployment as Planned } from "./lower-lifecycle.ts";
import type { Check, LogSource } from "./lower-validation.ts";

type Hex = `0x${string}`;
type Sender = NonNullable<LifecycleConfig["sender"]>;

/** Finality may be a quarter of an hour away: what waits for it is tried again for an hour before the run pauses. */
const patience = { maxAttempts: 80, firstDelayMs: 1000, maxDelayMs: 60_000 };

interface Validated {
  readonly pin: StepRef<Pinned>;
  readonly assertions: readonly { readonly name: string; readonly result: Wired<Assertion> }[];
}

interface Configured {
  readonly name: string;
  readonly step: StepRef<Done>;
  readonly ensured: StepRef | undefined;
}

export class LifecycleSteps {
  readonly #program: Program;
  readonly #config: LifecycleConfig;
  readonly #addresses = new Map<string, Wired<Hex>>();
  readonly #deployments = new Map<string, StepRef<Deployment>>();
  readonly #calls: Configured[] = [];

  constructor(program: Program, config: LifecycleConfig) {
    this.#program = program;
    this.#config = config;
    for (const entry of config.contracts) if (entry.kind === "existing") this.#addresses.set(entry.name, entry.address);
    this.#deriveCreated();
  }

  deploy({ entry, creation, before }: Planned): void {
    const { network } = this.#config;
    const { from, terms, approval } = this.#sender();
    const by = entry.kind === "create" ? { kind: entry.kind } : { kind: entry.kind, factory: entry.factory, salt: entry.salt };
    const step = this.#program.step(`deploy/${entry.name}`, deployContract, {
      config: { network, from, terms, contract: entry.name, by, creation, value: entry.value, errors: entry.errors ?? [] },
      input: { addresses: this.#addressesOf(contractsIn(creation)), since: before.flatMap((name) => this.#blockOf(name)) },
      retry: patience,
      ...(approval === undefined ? {} : { approval }),
    });
    this.#deployments.set(entry.name, step);
    this.#addresses.set(entry.name, step.output.at("address"));
    this.#deriveCreated();
  }

  configure({ name, call, ensures, undo }: Configuration): void {
    const { approval } = this.#sender();
    // An undo takes its input from what was there before the call: so the call stands on what the undo names, too.
    const named = [...contractsOfCall(call), ...(undo === undefined ? [] : contractsOfCall(undo))];
    const step = this.#program.step(`configure/${name}`, configureContract, {
      config: this.#configOf(call),
      input: { addresses: this.#addressesOf(named), since: this.#before() },
      retry: patience,
      after: this.#ensured().slice(-1),
      ...(approval === undefined ? {} : { approval }),
    });
    if (undo !== undefined)
      this.#program.undo(step, configureContract, {
        config: this.#configOf(undo),
        input: { addresses: this.#addressesOf(contractsOfCall(undo)), since: [step.output.at("block")] },
        retry: patience,
        ...(approval === undefined ? {} : { approval }),
      });
    this.#calls.push({ name, step, ensured: this.#ensure(name, ensures, step) });
  }

  #configOf({ contract, signature, value, data, unless }: Call) {
    const { from, terms } = this.#sender();
    const errors = this.#config.contracts.find((entry) => entry.name === contract)?.errors ?? [];
    const call = { contract, signature, data, value, ...(unless === undefined ? {} : { unless }), errors };
    return { network: this.#config.network, from, terms, ...call };
  }

  #ensure(name: string, ensures: CallExpectation | undefined, { output }: StepRef<Done>): StepRef | undefined {
    if (ensures === undefined) return undefined;
    const addresses = this.#addressesOf(contractsOf(ensures));
    return this.#program.step(`ensure/${name}`, ensureCall, {
      config: { network: this.#config.network, ensures },
      input: { addresses, done: output },
    });
  }

  validate(block: BlockSelector, checks: readonly Check[]): Validated {
    const { network } = this.#config;
    const since = [...this.#deployed(), ...this.#calls.map(({ step }) => step.output.at("block"))];
    const pin = this.#program.step("pin", pinAfter, {
      config: { network, block },
      input: { since },
      retry: patience,
      after: this.#ensured(),
    });
    return { pin, assertions: checks.map((check) => ({ name: check.name, result: this.#assert(check, pin.output) })) };
  }

  report(validated: Validated | undefined): Handle<LifecycleReport> {
    const { network, contracts } = this.#config;
    const read = validated === undefined ? {} : { validated: { pin: validated.pin.output, assertions: validated.assertions } };
    return this.#program.step("report", reportLifecycle, {
      input: {
        network,
        contracts: contracts.map(({ name }) => ({ name, address: this.#addressOf(name) })),
        deployments: [...this.#deployments.values()].map(({ output }) => output),
        configured: this.#calls.map(({ name, step }) => ({ name, done: step.output })),
        ...read,
      },
      after: this.#ensured(),
    }).output;
  }

  #assert(check: Check, pin: Handle<Pinned>): Handle<Assertion> {
    const key = `validate/${check.name}`;
    const { expectation: config } = check;
    const within = (names: readonly string[]) => ({ pin, addresses: this.#addressesOf([config.contract, ...names]) });
    switch (check.kind) {
      case "call":
        return this.#program.step(key, assertCall, { config: check.expectation, input: within(contractsOf(check.expectation)) }).output;
      case "code": {
        const { expectation } = check;
        const libraries = expectation.kind === "artifact" ? expectation.code.libraries.map(({ contract }) => contract) : [];
        return this.#program.step(key, assertCode, { config: expectation, input: within(libraries) }).output;
      }
      case "storage": {
        const { expectation } = check;
        return this.#program.step(key, assertStorage, { config: expectation, input: within(contractsIn(expectation.expected)) }).output;
      }
      case "log": {
        const { expectation } = check;
        const named = expectation.args.flatMap(({ value }) => contractsIn(value));
        const transaction = this.#transactionOf(check.transaction);
        return this.#program.step(key, assertLog, { config: expectation, input: { ...within(named), transaction } }).output;
      }
    }
  }

  #transactionOf(source: LogSource): Wired<Done["outcome"] | Extract<LogSource, { readonly kind: "named" }>> {
    switch (source.kind) {
      case "deploy":
        return found(this.#deployments.get(source.contract)).output.at("done").at("outcome");
      case "configure":
        return found(this.#calls.find(({ name }) => name === source.call)).step.output.at("outcome");
      case "named":
        return source;
    }
  }

  #sender(): Sender {
    return found(this.#config.sender);
  }

  /** What is final before the next call: the call before it, or all deployments. */
  #before(): Wired<BlockRef>[] {
    const last = this.#calls.at(-1);
    return last === undefined ? this.#deployed() : [last.step.output.at("block")];
  }

  #ensured(): StepRef[] {
    return this.#calls.flatMap(({ ensured }) => ensured ?? []);
  }

  #deployed(): Wired<BlockRef>[] {
    return [...this.#deployments.keys()].flatMap((name) => this.#blockOf(name));
  }

  #blockOf(name: string): Wired<BlockRef>[] {
    const step = this.#deployments.get(name);
    return step === undefined ? [] : [step.output.at("done").at("block")];
  }

  #addressesOf(names: readonly string[]): { readonly [name: string]: Wired<Hex> } {
    return Object.fromEntries([...new Set(names)].map((name) => [name, this.#addressOf(name)]));
  }

  #addressOf(name: string): Wired<Hex> {
    return found(this.#addresses.get(name));
  }

  /** Of contracts whose creator is known, until no more are: creators may be created themselves. */
  #deriveCreated(): void {
    for (const entry of this.#config.contracts) {
      if (entry.kind !== "created_by" || this.#addresses.has(entry.name)) continue;
      const creator = this.#addresses.get(entry.creator);
      if (creator === undefined) continue;
      const step = this.#program.step(`derive/${entry.name}`, deriveCreated, { config: { nonce: entry.nonce }, input: { creator } });
      this.#addresses.set(entry.name, step.output.at("address"));
      return this.#deriveCreated();
    }
  }
}

function contractsOf(expectation: CallExpectation | undefined): string[] {
  return expectation === undefined ? [] : [expectation.contract, ...contractsIn(expectation.call), ...contractsIn(expectation.expected)];
}

function contractsOfCall({ contract, data, unless }: Call): string[] {
  return [contract, ...contractsIn(data), ...contractsOf(unless)];
}

/** Of what the lowering made sure of. */
function found<T>(value: T | undefined): T {
  invariant(value !== undefined, "what a lifecycle names was looked for when it was lowered");
  return value;
}
