/** The task's op as a user would write it, a module that `mfm.toml` names: a lifecycle, and then a payment of 1 wei. */
import { address, defineOp, networkId } from "../../../src/index.ts";
import { contractLifecycle, payment, submitTransfer, transactionTerms } from "../../../src/evm.ts";
import * as z from "zod";

export { contractLifecycle, submitTransfer };

export const deployAndPay = defineOp({
  id: "bench.peers/deploy-and-pay@1",
  description: "Deploys and configures contracts, then pays 1 wei.",
  config: z.strictObject({
    network: networkId,
    from: address,
    payee: address,
    terms: transactionTerms,
    lifecycle: contractLifecycle.config,
  }),
  output: z.strictObject({ paid: payment }),
  plan(program, { lifecycle, from, payee, network, terms }) {
    const { report } = program.include("lifecycle", contractLifecycle, lifecycle);
    const fixed = { asset: { kind: "native" }, line: 1, amount: 1n } as const;
    const config = { ...fixed, network, terms, from, recipient: payee, abi: [] };
    return { paid: program.step("pay", submitTransfer, { config, after: [{ key: report.step, output: report }] }).output };
  },
});
