/** What MFM is to do beside the deployment tools: the same work as an op, under the same account. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { address, networkId } from "../../../src/kernel/codecs.ts";
import { defineOp } from "../../../src/kernel/op.ts";
import { contractLifecycle } from "../../../src/ops/contracts/lifecycle.ts";
import { lifecycleConfig, type LifecycleRequest } from "../../../src/ops/contracts/lifecycle-config.ts";
import { payment, submitTransfer } from "../../../src/states/evm/submit-transfer.ts";
import { transactionTerms } from "../../../src/states/evm/terms.ts";
import { deploys } from "../../../test/contracts/plans.ts";
import { asFoundry, compileSolidity, solcContract } from "../../../test/contracts/trial.ts";
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

/** A lifecycle, and then a payment of 1 wei. */
export const deployAndPay = defineOp({
  id: "bench.peers/deploy-and-pay@1",
  description: "Deploys and configures contracts, then pays 1 wei.",
  config: z.strictObject({ network: networkId, payee: address, terms: transactionTerms, lifecycle: lifecycleConfig }),
  output: z.strictObject({ paid: payment }),
  plan(program, { lifecycle, ...given }) {
    const { report } = program.include("lifecycle", contractLifecycle, lifecycle);
    const fixed = { from: account, asset: { kind: "native" }, line: 1, amount: 1n } as const;
    const config = { ...fixed, network: given.network, recipient: given.payee, terms: given.terms, abi: [] };
    const after = [{ key: report.step, output: report }];
    return { paid: program.step("pay", submitTransfer, { config, after }).output };
  },
});

/** An op and its config, as JSON: written before the clock runs, as the others' projects are compiled before. */
export type Order =
  | { readonly op: "deploy-and-pay"; readonly config: z.input<typeof deployAndPay.config> }
  | { readonly op: "lifecycle"; readonly config: LifecycleRequest };

/** The task of the crash matrix. */
export function orderTask(): Order {
  const increase = (name: string) => ({ name, contract: "counter", signature: "inc(uint256 by)", args: "[1]", value: "0" });
  const lifecycle = { ...deploying(["counter"]), configure: [increase("first"), increase("second"), increase("third")] };
  return { op: "deploy-and-pay", config: { network, payee, terms, lifecycle } };
}

/** So many counters that do not need each other. */
export function orderContracts(count: number): Order {
  return { op: "lifecycle", config: deploying(Array.from({ length: count }, (_, index) => `counter-${index}`)) };
}

function deploying(names: readonly string[]): LifecycleRequest {
  const text = readFileSync(fileURLToPath(new URL(`../../../../bench/peers/deployers/project/${source}`, import.meta.url)), "utf8");
  const artifact = asFoundry(solcContract(compileSolidity({ [source]: text }), source, "Counter"));
  return { network, sender: { from: account, terms }, contracts: names.map((name) => deploys(name, artifact, [])) };
}
