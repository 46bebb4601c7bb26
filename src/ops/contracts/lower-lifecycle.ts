/**
 * Lowering a lifecycle to what its steps are given: arguments encoded, every reference a hole, deployments in an order in which they can be
 * made. What is wrong is said all at once, each with its path in the config.
 */
import { MfmError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";
import { encodeArguments, encodeCall } from "../../states/abi/abi-encoding.ts";
import type { AbiItem } from "../../states/abi/abi-item.ts";
import { parseSignature } from "../../states/abi/abi-signature.ts";
import { type Template, contractsIn, joinTemplates } from "../../states/abi/template.ts";
import type { CallExpectation } from "../../states/contracts/call-expectation.ts";
import type { ConfigureCall, ContractEntry, Expectation, LifecycleConfig } from "./lifecycle-config.ts";

export type Deployed = Extract<ContractEntry, { readonly kind: "create" | "create2" }>;

export interface Deployment {
  readonly entry: Deployed;
  /** Its code with its arguments. */
  readonly creation: Template;
  /** Deployments that must be there before. */
  readonly before: readonly string[];
}

/** One call, as its step is given it. */
export interface Call {
  readonly contract: string;
  readonly signature: string;
  readonly value: bigint;
  readonly data: Template;
  readonly unless: CallExpectation | undefined;
}

export interface Configuration {
  readonly name: string;
  readonly entry: ConfigureCall;
  readonly call: Call;
  readonly ensures: CallExpectation | undefined;
  readonly undo: Call | undefined;
}

/** A type, not an interface: it enters an error's details, which are JSON. */
type Issue = { readonly path: string; readonly reason: string };

/** Collects what is wrong with a config, and encodes what is right. */
export class Lowering {
  readonly contracts: ReadonlySet<string>;
  readonly #issues: Issue[] = [];

  constructor(config: Pick<LifecycleConfig, "contracts">) {
    this.contracts = new Set(config.contracts.map((contract) => contract.name));
  }

  note(path: string, reason: string): void {
    this.#issues.push({ path, reason });
  }

  /** What `make` makes; undefined, and noted, where it refuses arguments or a signature. */
  attempt<T>(path: string, make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof MfmError) || !noted.includes(error.code)) throw error;
      this.note(path, error.message);
      return undefined;
    }
  }

  /** @throws LIFECYCLE_INVALID with everything that was noted */
  finish(): void {
    if (this.#issues.length === 0) return;
    const words = this.#issues.slice(0, 10).map(({ path, reason }) => `${path}: ${reason}`);
    throw new MfmError("LIFECYCLE_INVALID", words.join("; "), { count: this.#issues.length, issues: this.#issues.slice(0, 100) });
  }

  isKnown(path: string, contract: string): boolean {
    if (this.contracts.has(contract)) return true;
    this.note(path, `no contract is named ${contract}`);
    return false;
  }

  call(
    path: string,
    { signature, args }: { readonly signature: string; readonly args: string },
  ): { item: AbiItem; data: Template } | undefined {
    const item = this.attempt(`${path}/signature`, () => asFunction(parseSignature(signature)));
    if (item === undefined) return undefined;
    const data = this.attempt(`${path}/args`, () => encodeCall(item, readStrictJson(args), this.contracts));
    return data === undefined ? undefined : { item, data };
  }

  expectation(path: string, { contract, signature, args, returns }: Expectation): CallExpectation | undefined {
    this.isKnown(`${path}/contract`, contract);
    const call = this.call(path, { signature, args });
    if (call === undefined) return undefined;
    const { item, data } = call;
    if (item.outputs.length === 0) {
      this.note(`${path}/signature`, "says not what the function returns: append returns (TYPE, ...)");
      return undefined;
    }
    const expected = this.attempt(`${path}/returns`, () =>
      encodeArguments({ parameters: item.outputs, args: inList(readStrictJson(returns), item), contracts: this.contracts }),
    );
    return expected === undefined ? undefined : { contract, signature, call: data, expected };
  }

  /** In the order of the config, but each behind those that it needs. */
  deployments(contracts: readonly ContractEntry[]): Deployment[] {
    const found = contracts.flatMap((entry, index) => {
      if (entry.kind !== "create" && entry.kind !== "create2") return [];
      const path = `/contracts/${index}`;
      for (const before of entry.after) this.isKnown(`${path}/after`, before);
      const item = this.attempt(`${path}/signature`, () => asConstructor(parseSignature(entry.signature)));
      if (item === undefined) return [];
      if (entry.value > 0n && !item.payable) this.note(`${path}/value`, "the constructor is not payable");
      const args = this.attempt(`${path}/args`, () =>
        encodeArguments({ parameters: item.inputs, args: readStrictJson(entry.args), contracts: this.contracts }),
      );
      if (args === undefined) return [];
      const creation = joinTemplates(entry.creation, args);
      for (const library of contractsIn(entry.creation)) this.isKnown(`${path}/creation`, library);
      return [{ entry, creation, before: this.#creatorsOf(contracts, [...contractsIn(creation), ...entry.after]) }];
    });
    return this.#inOrder(found);
  }

  /** What a contract stands on: of one that another creates, that one. */
  #creatorsOf(contracts: readonly ContractEntry[], names: readonly string[]): string[] {
    const byName = new Map(contracts.map((entry) => [entry.name, entry]));
    const roots = names.map((name) => {
      let entry = byName.get(name);
      for (let steps = 0; entry?.kind === "created_by" && steps < contracts.length; steps++) entry = byName.get(entry.creator);
      return entry?.kind === "create" || entry?.kind === "create2" ? entry.name : undefined;
    });
    return [...new Set(roots.filter((root) => root !== undefined))];
  }

  #inOrder(deployments: readonly Deployment[]): Deployment[] {
    const ordered: Deployment[] = [];
    const done = new Set<string>();
    let waiting = deployments;
    while (waiting.length > 0) {
      const ready = waiting.find(({ before }) =>
        before.every((name) => done.has(name) || !waiting.some(({ entry }) => entry.name === name)),
      );
      if (ready === undefined) {
        this.note("/contracts", `these need each other: ${waiting.map(({ entry }) => entry.name).join(", ")}`);
        return ordered;
      }
      ordered.push(ready);
      done.add(ready.entry.name);
      waiting = waiting.filter((deployment) => deployment !== ready);
    }
    return ordered;
  }

  configurations(configure: readonly ConfigureCall[]): Configuration[] {
    return configure.flatMap((entry, index) => {
      const path = `/configure/${index}`;
      const call = this.#call(path, entry);
      const ensures = entry.ensures === undefined ? undefined : this.expectation(`${path}/ensures`, entry.ensures);
      const undo = entry.undo === undefined ? undefined : this.#call(`${path}/undo`, entry.undo);
      return call === undefined ? [] : [{ name: entry.name, entry, call, ensures, undo }];
    });
  }

  #call(path: string, entry: Omit<ConfigureCall, "ensures" | "name" | "undo">): Call | undefined {
    const { contract, signature, value } = entry;
    this.isKnown(`${path}/contract`, contract);
    const call = this.call(path, entry);
    if (call !== undefined && value > 0n && !call.item.payable) this.note(`${path}/value`, "the function is not payable");
    const unless = entry.unless === undefined ? undefined : this.expectation(`${path}/unless`, entry.unless);
    return call === undefined ? undefined : { contract, signature, value, data: call.data, unless };
  }
}

/** What a person can correct in a config. */
const noted: readonly string[] = ["ABI_ARGUMENTS_INVALID", "ABI_INVALID", "JSON_INVALID"];

function asFunction(item: AbiItem): AbiItem {
  if (item.kind === "function") return item;
  throw new MfmError("ABI_INVALID", `is of a ${item.kind}, not of a function`);
}

function asConstructor(item: AbiItem): AbiItem {
  if (item.kind === "constructor") return item;
  throw new MfmError("ABI_INVALID", `is of a ${item.kind}, not of a constructor`);
}

/** What a function returns that returns one value may stand by itself. */
function inList(returned: Json, { outputs }: AbiItem): Json {
  const [only] = outputs;
  if (only === undefined || outputs.length > 1) return returned;
  const isSequence = only.type.kind === "array" || only.type.kind === "tuple";
  return Array.isArray(returned) && !isSequence ? (returned as readonly Json[]) : [returned];
}
