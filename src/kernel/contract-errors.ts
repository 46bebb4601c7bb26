/** Error codes of contracts: artifacts, ABI, deployment and validation. Part of the one table in errors.ts. */
import { type ErrorEntry, badInput } from "./error-entry.ts";

export const contractErrors = {
  ABI_INVALID: badInput(
    "An ABI or a signature cannot be read, or does not have the function or event that is named.",
    "Correct what the message names; write overloads by their signature, such as mint(address,uint256).",
  ),
  ABI_ARGUMENTS_INVALID: badInput(
    "Arguments do not match the types that a contract's ABI gives them.",
    "Correct each argument at the path named: integers as decimal strings, addresses with their checksum, tuples by name or position.",
  ),
} as const satisfies Record<string, ErrorEntry>;
