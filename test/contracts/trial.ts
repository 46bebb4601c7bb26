/**
 * Contracts that try what artifacts can hold: immutables, a linked library, a tuple in the constructor. Compiled once by the pinned solc, and
 * written as each tool writes it: what Hardhat and Foundry put into their files is solc's output under other names.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { root } from "../docs/pages.ts";
import { loadCompiler } from "./compiler.ts";

const require = createRequire(import.meta.url);

const sources = {
  "src/Counting.sol": `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
library Counting {
  function next(uint256 value) external pure returns (uint256) { return value + 1; }
}`,
  "src/Vault.sol": `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
import {Counting} from "./Counting.sol";
interface IVault { function count() external view returns (uint256); }
contract Vault is IVault {
  struct Terms { address keeper; uint96 cap; }
  event Counted(address indexed by, string note, uint256 count);
  error NotKeeper(address who);
  address public immutable keeper;
  uint256 public immutable cap;
  uint256 public count;
  constructor(Terms memory terms, uint256 first) { keeper = terms.keeper; cap = terms.cap; count = first; }
  function increase(string calldata note) external {
    if (msg.sender != keeper) revert NotKeeper(msg.sender);
    count = Counting.next(count);
    emit Counted(msg.sender, note, count);
  }
}`,
};

export interface SolcCode {
  readonly object: string;
  readonly sourceMap: string;
  readonly linkReferences: object;
  readonly immutableReferences?: object;
}

export interface SolcContract {
  readonly abi: readonly object[];
  readonly metadata: string;
  readonly evm: { readonly bytecode: SolcCode; readonly deployedBytecode: SolcCode; readonly methodIdentifiers: object };
}

export interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: { readonly [file: string]: { readonly [name: string]: SolcContract } };
}

/** The standard JSON output for these sources; what they import besides comes from node_modules. */
export function compileSolidity(files: { readonly [path: string]: string }): SolcOutput {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(files).map(([path, content]) => [path, { content }])),
    settings: {
      evmVersion: "paris",
      optimizer: { enabled: true, runs: 200 },
      outputSelection: {
        "*": {
          "*": [
            "abi",
            "metadata",
            "evm.bytecode.object",
            "evm.bytecode.sourceMap",
            "evm.bytecode.linkReferences",
            "evm.deployedBytecode.object",
            "evm.deployedBytecode.sourceMap",
            "evm.deployedBytecode.linkReferences",
            "evm.deployedBytecode.immutableReferences",
            "evm.methodIdentifiers",
          ],
        },
      },
    },
  };
  const read = (path: string) => ({ contents: readFileSync(require.resolve(path), "utf8") });
  const output = JSON.parse(loadCompiler().compile(JSON.stringify(input), { import: read })) as SolcOutput;
  const failed = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (failed.length > 0) throw new Error(failed.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return output;
}

let compiled: SolcOutput | undefined;

/** The trial contracts: `src/Vault.sol` with Vault and IVault, `src/Counting.sol` with Counting. */
export function trialOutput(): SolcOutput {
  compiled ??= compileSolidity(sources);
  return compiled;
}

export function solcContract(output: SolcOutput, file: string, name: string): SolcContract {
  const found = output.contracts[file]?.[name];
  if (found === undefined) throw new Error(`${file} has no ${name}`);
  return found;
}

/** As Hardhat 2 writes `artifacts/src/Vault.sol/Vault.json`. */
export function asHardhat2(source: string, name: string, { abi, evm }: SolcContract): object {
  return {
    _format: "hh-sol-artifact-1",
    contractName: name,
    sourceName: source,
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    deployedBytecode: `0x${evm.deployedBytecode.object}`,
    linkReferences: evm.bytecode.linkReferences,
    deployedLinkReferences: evm.deployedBytecode.linkReferences,
  };
}

/** As Hardhat 3 does. */
export function asHardhat3(source: string, name: string, contract: SolcContract): object {
  return {
    ...asHardhat2(source, name, contract),
    _format: "hh3-artifact-1",
    immutableReferences: contract.evm.deployedBytecode.immutableReferences ?? {},
    inputSourceName: `project/${source}`,
    buildInfoId: "solc-0_8_37-0000000000000000000000000000000000000000",
  };
}

/** As forge writes `out/Vault.sol/Vault.json`. */
export function asFoundry({ abi, evm, metadata }: SolcContract): object {
  const { bytecode, deployedBytecode, methodIdentifiers } = evm;
  return {
    abi,
    bytecode: { ...bytecode, object: `0x${bytecode.object}` },
    deployedBytecode: {
      object: `0x${deployedBytecode.object}`,
      sourceMap: deployedBytecode.sourceMap,
      linkReferences: deployedBytecode.linkReferences,
      // forge leaves the member out where there are no immutables.
      ...(Object.keys(deployedBytecode.immutableReferences ?? {}).length === 0
        ? {}
        : { immutableReferences: deployedBytecode.immutableReferences }),
    },
    methodIdentifiers,
    rawMetadata: metadata,
    metadata: JSON.parse(metadata) as object,
    id: 0,
  };
}

export function openZeppelin(name: string): object {
  return JSON.parse(readFileSync(`${root}node_modules/@openzeppelin/contracts/build/contracts/${name}.json`, "utf8")) as object;
}
