/**
 * Deploys contracts, configures them and validates what they then are; or configures and validates, or only validates, contracts that are
 * there. Contracts are deployed when those they name are there; calls follow in their order; all that is validated is read at one block.
 */
import * as z from "zod";
import { defineOp } from "../../kernel/op.ts";
import { assertCall } from "../../states/contracts/assert-call.ts";
import { assertCode } from "../../states/contracts/assert-code.ts";
import { assertLog } from "../../states/contracts/assert-log.ts";
import { assertStorage } from "../../states/contracts/assert-storage.ts";
import { configureContract } from "../../states/contracts/configure-contract.ts";
import { deployContract } from "../../states/contracts/deploy-contract.ts";
import { deriveCreated } from "../../states/contracts/derive-created.ts";
import { ensureCall } from "../../states/contracts/ensure-call.ts";
import { pinAfter } from "../../states/contracts/pin-after.ts";
import { lifecycleReport, reportLifecycle } from "../../states/contracts/report-lifecycle.ts";
import { checkLifecycle } from "./check-lifecycle.ts";
import { type LifecycleConfig, lifecycleConfig } from "./lifecycle-config.ts";
import { LifecycleSteps } from "./lifecycle-steps.ts";
import { type Configuration, type Deployment, Lowering } from "./lower-lifecycle.ts";
import { type Check, lowerValidation } from "./lower-validation.ts";

export const contractLifecycle = defineOp({
  id: "mfm.evm/contract-lifecycle@1",
  description: "Deploys contracts, configures them and validates them at one block; or any end of that, on contracts that are there.",
  config: lifecycleConfig,
  output: z.strictObject({ report: lifecycleReport }),
  plan(program, config) {
    const { deployments, configurations, checks } = lowerLifecycle(config);
    const steps = new LifecycleSteps(program, config);
    if (config.onFailure !== undefined) program.onFailure(config.onFailure.policy, config.onFailure);
    for (const deployment of deployments) steps.deploy(deployment);
    for (const configuration of configurations) steps.configure(configuration);
    const validated = config.validate === undefined ? undefined : steps.validate(config.validate.block, checks);
    return { report: steps.report(validated) };
  },
});

/** The op and the states of its steps, for a registry. */
export const lifecycleDefinitions = {
  contractLifecycle,
  deployContract,
  configureContract,
  ensureCall,
  deriveCreated,
  pinAfter,
  assertCall,
  assertCode,
  assertLog,
  assertStorage,
  reportLifecycle,
};

interface LoweredLifecycle {
  readonly deployments: readonly Deployment[];
  readonly configurations: readonly Configuration[];
  readonly checks: readonly Check[];
}

/** @throws LIFECYCLE_INVALID naming everything that is wrong */
export function lowerLifecycle(config: LifecycleConfig): LoweredLifecycle {
  const lowering = new Lowering(config);
  checkLifecycle(lowering, config);
  const lowered = {
    deployments: lowering.deployments(config.contracts),
    configurations: lowering.configurations(config.configure ?? []),
    checks: lowerValidation(lowering, config),
  };
  lowering.finish();
  return lowered;
}
