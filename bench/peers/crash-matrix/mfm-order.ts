/** What MFM is to do beside the deployment tools: the same work as the config of an op, under the same account. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type * as z from "zod";
import { contractLifecycle } from "../../../src/ops/contracts/lifecycle.ts";
import type { LifecycleRequest } from "../../../src/ops/contracts/lifecycle-config.ts";
import type { transactionTerms } from "../../../src/states/evm/terms.ts";
import { deploys } from "../../../test/contracts/plans.ts";
import { asFoundry, compileSolidity, solcContract } from "../../../test/contracts/trial.ts";
import { deployAndPay } from "./deploy-and-pay.ts";
import { account, chainId, payee } from "./task.ts";

const source = "contracts/Counter.sol";
const network = `eip155:${chainId}`;

/** Final in its first block, as the others wait for one confirmation. */
const terms: z.input<typeof transactionTerms> = {
  gas: { marginPercent: 130, cap: "5000000" },
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
  window: 16,
};

/** An entry point and its config, as JSON: written before the clock runs, as the others' projects are compiled before. */
export type Order =
  | { readonly entryPoint: typeof deployAndPay.id; readonly config: z.input<typeof deployAndPay.config> }
  | { readonly entryPoint: typeof contractLifecycle.id; readonly config: LifecycleRequest };

/** The task of the crash matrix. */
export function orderTask(): Order {
  const increase = (name: string) => ({ name, contract: "counter", signature: "inc(uint256 by)", args: "[1]", value: "0" });
  const lifecycle = { ...deploying(["counter"]), configure: [increase("first"), increase("second"), increase("third")] };
  return { entryPoint: deployAndPay.id, config: { network, from: account, payee, terms, lifecycle } };
}

/** So many counters that do not need each other. */
export function orderContracts(count: number): Order {
  return { entryPoint: contractLifecycle.id, config: deploying(Array.from({ length: count }, (_, index) => `counter-${index}`)) };
}

function deploying(names: readonly string[]): LifecycleRequest {
  const text = readFileSync(fileURLToPath(new URL(`../../../../bench/peers/deployers/project/${source}`, import.meta.url)), "utf8");
  const artifact = asFoundry(solcContract(compileSolidity({ [source]: text }), source, "Counter"));
  return { network, sender: { from: account, terms }, contracts: names.map((name) => deploys(name, artifact, [])) };
}
