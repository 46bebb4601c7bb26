/** A run that begins to undo what took effect while other steps are in flight. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { type Said, type Script, booked } from "../../../test/kernel/bank.ts";
import { Office } from "../../../test/kernel/office.ts";
import { operators } from "../../../test/kernel/people.ts";
import { chain } from "../../../test/kernel/samples.ts";
import { takeBack, undoDefinitions } from "../../../test/kernel/undo.ts";
import { sendMoney } from "../../../test/kernel/writes.ts";
import { StepFailure } from "../execute.ts";
import { defineOp } from "../op.ts";
import { defineState } from "../state.ts";

const reverted: Said = { ...booked, status: "reverted" };
const pending: Said = { kind: "pending" };

describe("a run that undoes what took effect", () => {
  it("does so also while a step that reads is in flight, whose end is not waited for and not recorded (case 54)", async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const looking = defineState({
      id: "test.saga/looking@1",
      effect: "read",
      needs: { chain },
      output: z.strictObject({}),
      async run() {
        await released;
        throw new StepFailure("NOT_WELL", "never");
      },
    });
    const payAndLook = defineOp({
      id: "test.saga/pay-and-look@1",
      plan(program) {
        program.onFailure("compensate", { operators, quorum: 2 });
        const paid = program.step("pay/ada", sendMoney, { config: { to: "ada", amount: 1n } });
        program.undo(paid, takeBack, { config: { to: "ada" }, input: { total: paid.output.at("total") } });
        program.step("pay/alan", sendMoney, { config: { to: "alan", amount: 2n } });
        return { looked: program.step("look", looking, { after: [paid] }).output };
      },
    });
    const script: Script = { sends: { alan: [pending] }, looks: { alan: [reverted] } };
    const office = new Office(script, { ...undoDefinitions, looking, payAndLook });
    const process = office.process("first", (moment) => {
      if (moment.kind === "append.after" && moment.types.includes("CompensationStarted")) release();
    });
    const { run } = await office.until(process.start(payAndLook, {}, { key: "look" }));
    assert.deepEqual([run.status, run.failure], ["compensated", { step: "pay/alan", code: "EFFECT_REVERTED" }]);
    assert.deepEqual(await office.story(run.runId, "look"), ["RunAdmitted", "CompensationStarted failed", "RunCompensated failed"]);
  });
});
