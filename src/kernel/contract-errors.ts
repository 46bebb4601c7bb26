/** Error codes of contracts: artifacts, ABI, deployment and validation. Part of the one table in errors.ts. */
import { type ErrorEntry, badInput, failed } from "./error-entry.ts";

export const contractErrors = {
  ABI_INVALID: badInput(
    "An ABI or a signature cannot be read, or does not have the function or event that is named.",
    "Correct what the message names; write overloads by their signature, such as mint(address,uint256).",
  ),
  ABI_ARGUMENTS_INVALID: badInput(
    "Arguments do not match the types that a contract's ABI gives them.",
    "Correct each argument at the path named: integers as decimal strings, addresses with their checksum, tuples by name or position.",
  ),
  ARTIFACT_INVALID: badInput(
    "A file is not a build artifact of Hardhat, Foundry or solc, or does not hold the contract that is named.",
    "Name the JSON file that the compiler wrote, and the contract where it holds many; the message says what the file has.",
  ),
  ARTIFACT_HAS_NO_CODE: badInput(
    "An artifact has no code to deploy: it is of an interface or an abstract contract.",
    "Name the artifact of the contract that implements it.",
  ),
  LIBRARIES_UNLINKED: badInput(
    "The libraries that a contract is linked with are not those that its artifact needs.",
    "Give each library that the message names as an address or a contract of the same plan, by its name or FILE:NAME.",
  ),
  LIFECYCLE_INVALID: badInput(
    "What a contract lifecycle is asked does not fit together.",
    "Correct what the message names at each path: names are given once, and only contracts of the plan are referred to.",
  ),
  FACTORY_MISSING: failed(
    "A deployment by CREATE2 goes through a factory, and there is no contract at the factory's address.",
    "Deploy the factory on that network (see github.com/Arachnid/deterministic-deployment-proxy), name another one, or deploy with CREATE.",
    "never",
    409,
  ),
  CREATED_ADDRESS_WRONG: failed(
    "A receipt names another address for a created contract than its sender and nonce lead to; or a factory for CREATE2 would not create it where its code leads to.",
    "Of a factory: name one that makes the address from sender, salt and code as the usual one does. Else one of the network's sources answers falsely: look which one the run's facts name, and verify the transaction elsewhere.",
    "reconcile",
    502,
  ),
  NOT_FINAL_YET: failed(
    "What is waited for is done at the newest block, and not yet at a final one.",
    "Wait until the network's finality has caught up, then `mfm run resume`.",
    "safe",
    409,
  ),
  CONFIGURATION_NOT_HELD: failed(
    "A configuring call succeeded, and what it was to bring about does not hold in its block.",
    "Look at the contract: the call may have been of another function, or something undid it in the same block.",
    "never",
    409,
  ),
  VALIDATION_FAILED: failed(
    "Something that was asserted of contracts is not so at the block that was looked at.",
    "The message, and the outputs of the run's validate/ steps, name each assertion with what was expected and found.",
    "never",
    409,
  ),
  STORAGE_UNREADABLE: failed(
    "No source of a network shows what a contract's storage holds.",
    "Add a source that answers eth_getProof, or eth_call with a state override; then `mfm run resume`.",
    "safe",
    502,
  ),
} as const satisfies Record<string, ErrorEntry>;
