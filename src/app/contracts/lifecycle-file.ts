/**
 * A lifecycle as a person writes it, in TOML or JSON: contracts by name with the path of their artifact, functions by name, arguments as they
 * are. It is lowered to the op's config, in which everything stands out: code, signatures, JSON texts.
 */
import type { Artifact } from "../../ops/contracts/artifact.ts";
import type { LifecycleRequest } from "../../ops/contracts/lifecycle-config.ts";
import { linkArtifact } from "../../ops/contracts/link.ts";
import { type AbiItem, formatSignature } from "../../states/abi/abi-item.ts";
import { deterministicFactory } from "../../states/contracts/create2-address.ts";
import { type Members, TableReader, under } from "../config-table.ts";
import { failure } from "../failure.ts";
import { readAssertion } from "./lifecycle-assertions.ts";
import { CallReader } from "./lifecycle-calls.ts";

type Request = LifecycleRequest;
type Entry = Request["contracts"][number];
type Quorum = { readonly operators: string[]; readonly quorum: number };

/** What a file says. Network, sender and terms are said when it is started: the same file serves many networks. */
export interface LifecycleFile extends Pick<Request, "configure" | "contracts" | "onFailure" | "validate"> {
  readonly approval: Quorum | undefined;
}

/** Reads the artifact at a path as the file writes it, of the contract that it names. */
export type LoadArtifact = (path: string, contract: string | undefined) => Artifact;

export interface LifecycleSource {
  readonly load: LoadArtifact;
  /** What `$sender` stands for in arguments. */
  readonly sender: string;
  /** Of what is read where the file does not say: `finalized`. */
  readonly block: NonNullable<Request["validate"]>["block"];
}

/** @throws LIFECYCLE_INVALID naming everything that is wrong by its path in the file; what `load` throws */
export function readLifecycleFile(data: unknown, source: LifecycleSource): LifecycleFile {
  const reader = new LifecycleReader(source);
  const file = reader.file(data);
  const { problems } = reader.table;
  if (problems.length === 0) return file;
  const words = problems.slice(0, 10).map(({ path, problem }) => `${path}: ${problem}`);
  throw failure("LIFECYCLE_INVALID", words.join("; "), { count: problems.length, issues: problems.slice(0, 100) });
}

const known = {
  file: ["approval", "on_failure", "contracts", "configure", "validate"],
  contract: ["artifact", "contract", "abi", "address", "created_by", "nonce", "args", "value", "libraries", "create2", "after"],
  quorum: ["operators", "quorum"],
};

class LifecycleReader {
  readonly table = new TableReader();
  readonly #source: LifecycleSource;
  readonly #abis = new Map<string, readonly AbiItem[]>();
  readonly #calls = new CallReader(this.table, this.#abis, () => this.#source.sender);

  constructor(source: LifecycleSource) {
    this.#source = source;
  }

  file(data: unknown): LifecycleFile {
    const { table } = this;
    const file = table.table(data, "", known.file);
    const named = Object.entries(table.members(file["contracts"], "contracts"));
    const contracts = named.flatMap(([name, value]) => this.#contract(name, value) ?? []);
    const configure = table.list(file["configure"], "configure", "calls", (item, path) => this.#calls.configure(item, path));
    const validate = file["validate"] === undefined ? undefined : this.#validate(file["validate"]);
    const onFailure = file["on_failure"] === undefined ? undefined : this.#onFailure(file["on_failure"]);
    return {
      approval: file["approval"] === undefined ? undefined : this.#quorum(file["approval"], "approval", known.quorum),
      contracts,
      ...(file["configure"] === undefined ? {} : { configure: [...configure] }),
      ...(validate === undefined ? {} : { validate }),
      ...(onFailure === undefined ? {} : { onFailure }),
    };
  }

  #contract(name: string, value: unknown): Entry | undefined {
    const { table } = this;
    const path = `contracts.${name}`;
    const given = table.table(value, path, known.contract);
    const artifactPath = table.text(given["artifact"], under(path, "artifact"), "the path of an artifact");
    const abiPath = table.text(given["abi"], under(path, "abi"), "the path of an artifact");
    const which = table.text(given["contract"], under(path, "contract"), "the name of a contract in the artifact");
    const artifact = artifactPath === undefined ? undefined : this.#source.load(artifactPath, which);
    const abi = abiPath === undefined ? artifact : this.#source.load(abiPath, undefined);
    this.#abis.set(name, abi?.abi ?? []);
    const errors = abi === undefined ? {} : { errors: [...new Set([...abi.errors, ...(artifact?.errors ?? [])])] };
    if (given["address"] !== undefined || given["created_by"] !== undefined)
      return this.#standing(name, { given, path, ...(artifact === undefined ? {} : { artifact }), errors });
    if (artifact === undefined) return table.note(path, "is to be deployed from an artifact, or say its address or created_by");
    return this.#deployed(name, { given, path, artifact, errors });
  }

  /** One that is there, or that another one makes. */
  #standing(
    name: string,
    {
      given,
      path,
      artifact,
      errors,
    }: { readonly given: Members; readonly path: string; readonly artifact?: Artifact; readonly errors: Pick<Entry, "errors"> },
  ): Entry | undefined {
    const { table } = this;
    for (const member of ["args", "value", "create2", "after"])
      if (given[member] !== undefined) table.note(under(path, member), "is of a deployment, and this is there already");
    const linked = artifact === undefined ? {} : { runtime: this.#link(artifact, given, path)?.runtime };
    const runtime = linked.runtime === undefined ? {} : { runtime: linked.runtime };
    const address = table.text(given["address"], under(path, "address"), "an address");
    const creator = table.text(given["created_by"], under(path, "created_by"), "a contract's name");
    if (creator === undefined) return address === undefined ? undefined : { kind: "existing", name, address, ...runtime, ...errors };
    if (address !== undefined) table.note(path, "has an address and says created_by: leave out one of them");
    const nonce = table.count(given["nonce"] ?? 1, under(path, "nonce"), { min: 1, max: 1_000_000 });
    return nonce === undefined ? undefined : { kind: "created_by", name, creator, nonce, ...runtime, ...errors };
  }

  #deployed(
    name: string,
    {
      given,
      path,
      artifact,
      errors,
    }: { readonly given: Members; readonly path: string; readonly artifact: Artifact; readonly errors: Pick<Entry, "errors"> },
  ): Entry | undefined {
    const { table } = this;
    const linked = this.#link(artifact, given, path);
    const constructor = artifact.abi.find(({ kind }) => kind === "constructor");
    const deployment = {
      name,
      ...errors,
      signature: constructor === undefined ? "constructor()" : formatSignature(constructor),
      args: this.#calls.args(given, path),
      value: this.#calls.wei(given["value"], under(path, "value")),
      after: [...table.list(given["after"], under(path, "after"), "names", (item, at) => table.text(item, at, "a contract's name"))],
    };
    if (linked === undefined) return undefined;
    if (given["create2"] === undefined) return { kind: "create", ...deployment, ...linked };
    const create2 = table.table(given["create2"], under(path, "create2"), ["salt", "factory"]);
    const salt = table.required(create2["salt"], under(path, "create2.salt"), "32 bytes in hex");
    const factory = table.text(create2["factory"], under(path, "create2.factory"), "an address") ?? deterministicFactory;
    return salt === undefined ? undefined : { kind: "create2", ...deployment, ...linked, salt, factory };
  }

  #link(artifact: Artifact, given: Members, path: string): ReturnType<typeof linkArtifact> | undefined {
    const { table } = this;
    const libraries = Object.entries(table.members(given["libraries"], under(path, "libraries"))).flatMap(([library, value]) => {
      const contract = table.required(value, under(path, `libraries.${library}`), "the name of a contract in this file");
      return contract === undefined ? [] : [[library, contract] as const];
    });
    return this.#calls.attempt(under(path, "libraries"), () => linkArtifact(artifact, Object.fromEntries(libraries)));
  }

  #validate(value: unknown): Request["validate"] {
    const { table } = this;
    const given = table.table(value, "validate", ["block", "assertions"]);
    const assertions = table.list(given["assertions"], "validate.assertions", "assertions", (item, path) =>
      readAssertion(this.#calls, item, path),
    );
    const block = given["block"] === undefined ? this.#source.block : this.#block(given["block"]);
    return block === undefined ? undefined : { block, assertions: [...assertions] };
  }

  #block(value: unknown): LifecycleSource["block"] | undefined {
    const { table } = this;
    if (typeof value === "string" && /^0x[0-9a-fA-F]{64}$/.test(value)) return { kind: "hash", hash: value };
    const digits = typeof value === "string" || typeof value === "number" || typeof value === "bigint" ? value.toString() : "";
    if (/^[0-9]{1,20}$/.test(digits)) return { kind: "number", number: digits };
    const tag = table.choice(value, "validate.block", ["finalized", "safe", "latest"] as const);
    return tag === undefined ? undefined : { kind: "tag", tag };
  }

  #onFailure(value: unknown): Request["onFailure"] {
    const { table } = this;
    const given = table.table(value, "on_failure", ["policy", ...known.quorum]);
    const policy = table.choice(given["policy"] ?? "compensate", "on_failure.policy", ["compensate", "manual"] as const);
    const quorum = this.#quorum(value, "on_failure", ["policy", ...known.quorum]);
    return policy === undefined || quorum === undefined ? undefined : { policy, ...quorum };
  }

  #quorum(value: unknown, path: string, members: readonly string[]): Quorum | undefined {
    const { table } = this;
    const given = table.table(value, path, members);
    const operators = table.list(given["operators"], under(path, "operators"), "addresses", (item, at) =>
      table.required(item, at, "an address"),
    );
    if (operators.length === 0) return table.note(under(path, "operators"), "is missing: expected the addresses of those who decide");
    const quorum = table.count(given["quorum"] ?? operators.length, under(path, "quorum"), { min: 1, max: 100 });
    return quorum === undefined ? undefined : { operators: [...operators], quorum };
  }
}
