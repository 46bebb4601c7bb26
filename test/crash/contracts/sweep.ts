/** What a killed lifecycle must have come to, by the chain's own account. */
import assert from "node:assert/strict";
import type { Killing } from "../money/case.ts";
import { deploying, undoing } from "./register.ts";
import { type Site, accountOf, deployedAddress, killAndResume } from "./stage.ts";

export async function playDeploying(killing: Killing, site: Site): Promise<void> {
  const run = await killAndResume({ ...killing, plan: deploying }, site);
  assert.deepEqual([run.status, await accountOf(site, deployedAddress)], ["succeeded", [2, 7]]);
}

export async function playUndoing(killing: Killing, site: Site): Promise<void> {
  const run = await killAndResume({ ...killing, plan: undoing }, site);
  assert.deepEqual([run.status, run.failure?.step, await accountOf(site)], ["compensated", "configure/bad", [4, 1]]);
}
