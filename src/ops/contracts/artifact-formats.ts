/**
 * The forms in which tools write artifacts: Hardhat 2 and 3 and Truffle, Foundry, and the standard JSON output of solc, also inside of a
 * Hardhat build info. @see https://docs.soliditylang.org/en/latest/using-the-compiler.html#output-description
 */
import { MfmError } from "../../kernel/errors.ts";
import { type JsonObject, isJsonObject } from "../../kernel/json.ts";
import { type Artifact, type RawArtifact, checkArtifact } from "./artifact.ts";

/** What a person says about a file beside its content. */
export interface ArtifactHint {
  /** How messages name it: its file name. */
  readonly file: string;
  /** Of a file with many: `Token` or `contracts/Token.sol:Token`. */
  readonly contract: string | undefined;
}

/**
 * Reads an artifact from the parsed JSON of a file.
 * @throws ARTIFACT_INVALID where it is in none of these forms, or has no such contract: naming those that it has
 * @throws ARTIFACT_HAS_NO_CODE for an interface or an abstract contract
 * @throws ABI_INVALID where its ABI is none
 */
export function readArtifact(json: unknown, hint: ArtifactHint): Artifact {
  const artifact = checkArtifact(rawArtifact(json, hint));
  const { contract } = hint;
  const names = [artifact.name, `${artifact.source ?? ""}:${artifact.name}`];
  if (contract !== undefined && !names.includes(contract)) return refuse(hint.file, `is of ${artifact.name}, not of ${contract}`);
  return artifact;
}

function rawArtifact(json: unknown, hint: ArtifactHint): RawArtifact {
  const { file } = hint;
  if (Array.isArray(json)) return refuse(file, "is a bare ABI, without the code to deploy: take the artifact that the compiler wrote");
  if (!isJsonObject(json)) return refuse(file, "is no artifact");
  const output = isJsonObject(json["output"]) ? json["output"] : json;
  if (isJsonObject(output["contracts"])) return fromSolc(output["contracts"], hint);
  if (isJsonObject(output["errors"]) || Array.isArray(output["errors"])) return refuse(file, "is the output of a compiler that failed");
  if (isJsonObject(json["bytecode"])) return fromFoundry(json, hint);
  if (typeof json["bytecode"] === "string" && typeof json["contractName"] === "string") return fromHardhat(json, json["contractName"]);
  if (json["abi"] !== undefined) return refuse(file, "has an ABI but no code: it is no artifact of Hardhat, Foundry or solc");
  return refuse(file, "is no artifact of Hardhat, Foundry or solc");
}

function fromHardhat(json: JsonObject, name: string): RawArtifact {
  const source = json["sourceName"] ?? json["inputSourceName"];
  return {
    name,
    source: typeof source === "string" ? source : undefined,
    abi: json["abi"],
    creation: { object: json["bytecode"], linkReferences: json["linkReferences"] },
    runtime: {
      object: json["deployedBytecode"],
      linkReferences: json["deployedLinkReferences"],
      immutableReferences: json["immutableReferences"],
    },
  };
}

/** Its file is named after the contract; its metadata, unless that is turned off, says which source it is of. */
function fromFoundry(json: JsonObject, { file }: ArtifactHint): RawArtifact {
  const metadata = isJsonObject(json["metadata"]) ? json["metadata"] : {};
  const settings = isJsonObject(metadata["settings"]) ? metadata["settings"] : {};
  const target = isJsonObject(settings["compilationTarget"]) ? settings["compilationTarget"] : {};
  const [source, name] = Object.entries(target)[0] ?? [undefined, file.replace(/^.*[\\/]/, "").replace(/\.json$/, "")];
  return { name: typeof name === "string" ? name : file, source, abi: json["abi"], ...codesOf(json["bytecode"], json["deployedBytecode"]) };
}

function fromSolc(contracts: JsonObject, { file, contract }: ArtifactHint): RawArtifact {
  const all = Object.entries(contracts).flatMap(([source, named]) =>
    Object.entries(isJsonObject(named) ? named : {}).map(([name, output]) => ({ source, name, output })),
  );
  const found = all.filter(({ source, name }) => contract === undefined || contract === name || contract === `${source}:${name}`);
  const [only, ...others] = found;
  if (only === undefined || others.length > 0) {
    const known = (found.length > 0 ? found : all).map(({ source, name }) => `${source}:${name}`).sort();
    const reason = only === undefined ? `has no contract ${contract ?? ""}` : "has more than one contract: say which";
    return refuse(file, `${reason}; it has ${known.length === 0 ? "none" : known.slice(0, 20).join(", ")}`);
  }
  const { source, name, output } = only;
  const { abi, evm } = isJsonObject(output) ? output : {};
  if (!isJsonObject(evm) || evm["bytecode"] === undefined)
    return refuse(file, `holds no code of ${name}: let the compiler write evm.bytecode and evm.deployedBytecode`);
  return { name, source, abi, ...codesOf(evm["bytecode"], evm["deployedBytecode"]) };
}

/** As solc writes them, and Foundry too. solc leaves out immutableReferences where there are none. */
function codesOf(creation: unknown, runtime: unknown): Pick<RawArtifact, "creation" | "runtime"> {
  const { object, linkReferences } = isJsonObject(creation) ? creation : {};
  const deployed = isJsonObject(runtime) ? runtime : {};
  return {
    creation: { object, linkReferences },
    runtime: {
      object: deployed["object"],
      linkReferences: deployed["linkReferences"],
      immutableReferences: deployed["immutableReferences"] ?? {},
    },
  };
}

function refuse(file: string, reason: string): never {
  throw new MfmError("ARTIFACT_INVALID", `${file} ${reason}`, { file });
}
