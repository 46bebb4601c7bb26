/** Lifecycles for tests: contracts from real artifacts, as a config of the op. */
import type { LifecycleRequest } from "../../src/ops/contracts/lifecycle-config.ts";
import { readArtifact } from "../../src/ops/contracts/artifact-formats.ts";
import { linkArtifact } from "../../src/ops/contracts/link.ts";
import { formatSignature } from "../../src/states/abi/abi-item.ts";
import { asFoundry, openZeppelin, solcContract, trialOutput } from "./trial.ts";

type Hex = `0x${string}`;
type Request = LifecycleRequest;
type Entry = Request["contracts"][number];

/** Anvil's first account. */
export const anvilAccount = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

export const terms: NonNullable<Request["sender"]>["terms"] = {
  gas: { marginPercent: 130, cap: "16000000" },
  fees: {
    percentile: 50,
    blocks: 5,
    minPriorityFeePerGas: "1000000",
    baseFeePercent: 200,
    maxFeePerGas: "500000000000",
    maxPriorityFeePerGas: "100000000000",
  },
  finality: { kind: "depth", blocks: 1 },
  replaceAfterBlocks: 0,
  renewals: 0,
  window: 8,
};

export interface Given {
  readonly libraries?: { readonly [library: string]: string };
  readonly value?: string;
  readonly after?: string[];
  readonly create2?: { readonly salt: Hex; readonly factory: Hex };
}

/** A deployment of an artifact. */
export function deploys(name: string, json: unknown, args: unknown, given: Given = {}): Entry {
  const artifact = readArtifact(json, { file: name, contract: undefined });
  const item = artifact.abi.find(({ kind }) => kind === "constructor");
  const deployed = {
    name,
    ...linkArtifact(artifact, given.libraries ?? {}),
    signature: item === undefined ? "constructor()" : formatSignature(item),
    args: JSON.stringify(args),
    value: given.value ?? "0",
    after: given.after ?? [],
    errors: [...artifact.errors],
  };
  return given.create2 === undefined ? { kind: "create", ...deployed } : { kind: "create2", ...deployed, ...given.create2 };
}

export const counting = () => asFoundry(solcContract(trialOutput(), "src/Counting.sol", "Counting"));
export const vault = () => asFoundry(solcContract(trialOutput(), "src/Vault.sol", "Vault"));

/** A library, a contract that is linked with it, a proxy of that and the proxy's admin; then one call, and everything is looked at. */
export function vaultPlan(sender: Hex = anvilAccount): Request {
  const count = "function count() returns (uint256)";
  return {
    network: "eip155:31337",
    sender: { from: sender, terms },
    contracts: [
      deploys("vault", vault(), { terms: { keeper: sender, cap: "1000" }, first: 41 }, { libraries: { Counting: "math" } }),
      deploys("math", counting(), []),
      deploys("proxy", openZeppelin("TransparentUpgradeableProxy"), [{ $ref: "vault" }, sender, { $call: "count()" }]),
      { kind: "created_by", name: "admin", creator: "proxy", nonce: 1 },
    ],
    configure: [
      {
        name: "increase",
        contract: "vault",
        signature: "increase(string note)",
        args: '["first"]',
        value: "0",
        unless: { contract: "vault", signature: count, args: "[]", returns: "42" },
        ensures: { contract: "vault", signature: count, args: "[]", returns: "42" },
      },
    ],
    validate: {
      block: { kind: "tag", tag: "latest" },
      assertions: [
        { kind: "code", name: "vault-code", contract: "vault", metadata: "same" },
        { kind: "code", name: "math-code", contract: "math", metadata: "same" },
        { kind: "proxy", name: "implementation", contract: "proxy", slot: "implementation", value: '{"$ref":"vault"}' },
        { kind: "proxy", name: "admin", contract: "proxy", slot: "admin", value: '{"$ref":"admin"}' },
        {
          kind: "call",
          name: "owner",
          contract: "admin",
          signature: "owner() returns (address)",
          args: "[]",
          returns: JSON.stringify(sender),
        },
        { kind: "call", name: "count", contract: "vault", signature: count, args: "[]", returns: "42" },
        {
          kind: "log",
          name: "counted",
          contract: "vault",
          signature: "event Counted(address indexed by, string note, uint256 count)",
          args: '{"note":"first","count":"42"}',
          transaction: { kind: "configure", call: "increase" },
        },
      ],
    },
  };
}
