/** Runs that fail, or are cancelled, after a write: through the runtime, on the model store in virtual time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Script } from "../../../test/kernel/bank.ts";
import { Office, act } from "../../../test/kernel/office.ts";
import { payOrUndo, two, undoDefinitions } from "../../../test/kernel/undo.ts";
import type { Run } from "../run.ts";

interface Paying {
  readonly script?: Script;
  readonly payments?: readonly { readonly to: string; readonly amount: bigint }[];
  readonly kept?: readonly string[];
  readonly policy?: "compensate" | "manual";
}

async function payBadly({ script = {}, payments = two, kept = [], policy = "compensate" }: Paying = {}): Promise<{
  office: Office;
  run: Run;
}> {
  const office = new Office(script, undoDefinitions);
  const config = { payments: [...payments], kept: [...kept], policy, isWell: false };
  const { run } = await office.until(office.process().start(payOrUndo, config, { key: "pay" }));
  return { office, run };
}

describe("a run that fails after a write", () => {
  it("undoes what took effect, the last first, and is compensated (case 60)", async () => {
    const { office, run } = await payBadly();
    assert.deepEqual([run.status, run.failure, run.steps], ["compensated", { step: "check", code: "NOT_WELL" }, { done: 3, total: 4 }]);
    const sent = office.bank.calls.filter((call) => call.startsWith("send"));
    assert.deepEqual(sent, ["send ada", "send alan", "send alan-back", "send ada-back"]);
    assert.deepEqual(office.bank.received, { ada: 1n, alan: 2n, "ada-back": 8n, "alan-back": 9n });
    assert.deepEqual(await office.story(run.runId, "pay/ada/undo"), [
      "RunAdmitted",
      "CompensationStarted failed",
      ...["intended", "prepared", "dispatched", "included", "settled success", "StepCompleted"],
      "RunCompensated failed",
    ]);
  });
});

void act;
