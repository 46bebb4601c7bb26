/**
 * A contract of one word, small enough to be written by hand: `set(uint256)` writes it, and reverts on 99; `get()` returns it. And lifecycles of it:
 * one that deploys, configures and validates, and one that fails after two calls and takes both back.
 */
import type { LifecycleRequest } from "../../../src/ops/contracts/lifecycle-config.ts";
import { deploys, terms } from "../../contracts/plans.ts";
import { treasury } from "../money/treasury.ts";

/** Without a selector: four bytes ask, anything longer sets. */
export const registerCode = "0x3660041460155760043580606314602157600055005b60005460005260206000f35b60006000fd";
const creation = `0x6027600c60003960276000f3${registerCode.slice(2)}`;

const set = "set(uint256 value)";
const get = "get() returns (uint256)";
const artifact = {
  abi: [
    { type: "function", name: "set", stateMutability: "nonpayable", inputs: [{ name: "value", type: "uint256" }], outputs: [] },
    { type: "function", name: "get", stateMutability: "view", inputs: [], outputs: [{ name: "", type: "uint256" }] },
  ],
  bytecode: { object: creation, linkReferences: {} },
  deployedBytecode: { object: registerCode, linkReferences: {} },
};

/** What of it is sent, in this order. */
export interface Plan {
  readonly request: LifecycleRequest;
  readonly steps: readonly string[];
}

const sender = { from: treasury, terms };
const calls = (value: number) => ({ contract: "register", signature: set, args: `["${value}"]`, value: "0" });
const holds = (value: number) => ({ contract: "register", signature: get, args: "[]", returns: `"${value}"` });

export const deploying: Plan = {
  request: {
    network: "eip155:31337",
    sender,
    contracts: [deploys("register", artifact, [])],
    configure: [{ name: "seven", ...calls(7), ensures: holds(7) }],
    validate: {
      block: { kind: "tag", tag: "latest" },
      assertions: [
        { kind: "code", name: "code", contract: "register", metadata: "same" },
        { kind: "call", name: "value", ...holds(7) },
      ],
    },
  },
  steps: ["deploy/register", "configure/seven"],
};

/** Where a register stands in the undoing lifecycle, put there by the test. */
export const registerAddress = "0x00000000000000000000000000000000000c0de1";

/** The word is 1 before; it becomes 5, then 7, then 99 is refused: back to 5, back to 1. */
export const undoing: Plan = {
  request: {
    network: "eip155:31337",
    sender,
    contracts: [{ kind: "existing", name: "register", address: registerAddress }],
    configure: [
      { name: "five", ...calls(5), undo: calls(1) },
      { name: "seven", ...calls(7), undo: calls(5) },
      { name: "bad", ...calls(99) },
    ],
    onFailure: { policy: "compensate", operators: [treasury], quorum: 1 },
  },
  steps: ["configure/five", "configure/seven", "configure/seven/undo", "configure/five/undo"],
};
