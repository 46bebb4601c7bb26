/** What a lifecycle did and found: where its contracts are, what was sent and what was done already, and what was looked at in which block. */
import * as z from "zod";
import { blockRef } from "../../capabilities/evm/block.ts";
import { address, networkId } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { defineState } from "../../kernel/state.ts";
import { contractName } from "../abi/template.ts";
import { pinned } from "../evm/pinned.ts";
import { assertion } from "./assertion.ts";
import { requirePin } from "./at-pin.ts";
import { deployment } from "./deploy-contract.ts";
import { done } from "./done.ts";

const name = z.string().min(1).max(64);

const assertions = z.array(z.strictObject({ name, result: assertion })).max(500);

export const lifecycleReport = z.strictObject({
  network: networkId,
  contracts: z.array(z.strictObject({ name: contractName, address })).max(500),
  deployments: z.array(deployment).max(500),
  configured: z.array(z.strictObject({ name, done })).max(500),
  /** Absent where nothing was to be validated. */
  validated: z.strictObject({ block: blockRef, assertions }).optional(),
});
export type LifecycleReport = z.output<typeof lifecycleReport>;

/** The report. @throws VALIDATION_FAILED naming each assertion that failed, with what was expected and found */
export const reportLifecycle = defineState({
  id: "mfm.evm/report-lifecycle@1",
  effect: "pure",
  input: lifecycleReport.extend({ validated: z.strictObject({ pin: pinned, assertions }).optional() }),
  output: lifecycleReport,
  run({ input: { validated, ...made } }): LifecycleReport {
    const all = validated?.assertions ?? [];
    const failed = all.filter(({ result }) => result.kind === "failed");
    if (failed.length === 0)
      return validated === undefined ? made : { ...made, validated: { block: requirePin(validated.pin).block, assertions: all } };
    const words = failed.map(({ name: of, result }) => `${of}: ${result.subject}: expected ${result.expected}, found ${result.found}`);
    throw new MfmError("VALIDATION_FAILED", `${failed.length} of ${all.length} assertions failed: ${words.join("; ")}`, {
      failed,
    });
  },
});
