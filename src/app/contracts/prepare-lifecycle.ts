/** `mfm evm lifecycle` and `mfm evm deploy`: from files and flags to the op's configuration, and what it would send. */
import { resolve } from "node:path";
import { contractLifecycle } from "../../ops/contracts/lifecycle.ts";
import type { LifecycleConfig } from "../../ops/contracts/lifecycle-config.ts";
import { argumentOf } from "../evm/call-request.ts";
import { nobody } from "../evm/nobody.ts";
import type { PreparedOp } from "../evm/sending.ts";
import type { Opening } from "../evm/request.ts";
import { usage } from "../failure.ts";
import { type InputSource, readInput } from "../op-input.ts";
import { readLifecycleFile } from "./lifecycle-file.ts";
import { artifactsBeside } from "./load-artifacts.ts";
import { proposeLifecycle } from "./propose-lifecycle.ts";
import { readValue } from "../evm/amount.ts";

/** The op, for surfaces: these see nothing below the use cases. */
export const lifecycleOp = { id: contractLifecycle.id };

export interface LifecycleFlags {
  readonly file: string;
  /** `path=value`, in order, over the file. */
  readonly set: readonly string[];
  readonly source: InputSource;
}

/** @throws FILE_UNREADABLE, JSON_INVALID, TOML_INVALID, LIFECYCLE_INVALID, ARTIFACT_INVALID, ARTIFACT_HAS_NO_CODE, LIBRARIES_UNLINKED, SOURCE_FAILED */
export async function prepareLifecycle({ file, set, source }: LifecycleFlags, opening: Opening): Promise<PreparedOp> {
  const data = await readInput({ file, value: undefined, set }, source);
  return prepareData(data, resolve(source.folder, file), opening);
}

export interface DeployFlags {
  /** An artifact. */
  readonly file: string;
  /** Of a file with many. */
  readonly contract: string | undefined;
  /** For the constructor: texts; what reads as JSON is JSON. */
  readonly arguments: readonly string[];
  readonly value: string | undefined;
  /** With CREATE2; 32 bytes in hex. */
  readonly salt: string | undefined;
  /** `NAME=ADDRESS` */
  readonly libraries: readonly (readonly [library: string, address: string])[];
  readonly source: InputSource;
}

/** One contract, and that its code is what the artifact says. @throws as prepareLifecycle */
export async function prepareDeploy(flags: DeployFlags, opening: Opening): Promise<PreparedOp> {
  const { file, contract, value, salt, libraries, source } = flags;
  const shared = { artifact: file, ...(contract === undefined ? {} : { contract }) };
  const linked = Object.fromEntries(libraries.map(([library], index) => [library, `library${index}`]));
  const deployed = {
    ...shared,
    args: flags.arguments.map(argumentOf),
    libraries: linked,
    ...(value === undefined ? {} : { value: readValue(value, opening.subject.view.native.decimals).toString() }),
    ...(salt === undefined ? {} : { create2: { salt } }),
  };
  const there = libraries.map(([, address], index) => [`library${index}`, { address }] as const);
  const load = artifactsBeside(resolve(source.folder, "artifact"));
  const { name, runtime } = load(file, contract);
  const assertions = runtime.immutables === undefined ? [] : [{ name: "code", kind: "code", contract: name }];
  const data = {
    contracts: { ...Object.fromEntries(there), [name]: deployed },
    ...(assertions.length === 0 ? {} : { validate: { assertions } }),
  };
  return prepareData(data, resolve(source.folder, "artifact"), opening);
}

/** `NAME=ADDRESS`. @throws USAGE */
export function readLibraries(given: readonly string[]): (readonly [library: string, address: string])[] {
  return given.map((text) => {
    const [, library, address] = /^(.+)=(0x[0-9a-fA-F]{40})$/.exec(text) ?? [];
    if (library !== undefined && address !== undefined) return [library, address];
    throw usage(`--library ${JSON.stringify(text)}: write NAME=ADDRESS`, { option: "--library" });
  });
}

async function prepareData(data: unknown, file: string, opening: Opening): Promise<PreparedOp> {
  const { network, from, terms } = opening.subject;
  const { finality } = terms;
  const block = { kind: "tag", tag: finality.kind === "tag" ? finality.tag : "latest" } as const;
  const { approval, ...read } = readLifecycleFile(data, { load: artifactsBeside(file), sender: from, block });
  const sends = read.configure !== undefined || read.contracts.some(({ kind }) => kind === "create" || kind === "create2");
  if (sends && from === nobody) throw usage("name the sender with --from: something is deployed or configured", { option: "--from" });
  const sender = { from, terms, ...(approval === undefined ? {} : { approval }) };
  const request: unknown = { ...read, network, ...(sends ? { sender } : {}) };
  const config = contractLifecycle.configCodec.decode(request, "config") as LifecycleConfig;
  return { op: contractLifecycle, config: request, sends, proposed: await proposeLifecycle(config, opening) };
}
