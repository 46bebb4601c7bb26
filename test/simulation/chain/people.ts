/** The people of the simulated worlds: one resumes what is paused, and all who may decide sign about a run that stands before them. */
import { digestOf } from "../../../src/kernel/canonical.ts";
import { address } from "../../../src/kernel/codecs.ts";
import { type Run, isBeforePeople } from "../../../src/kernel/run.ts";
import { resolutionDocument } from "../../../src/kernel/runtime/resolve.ts";
import type { Runtime } from "../../../src/kernel/runtime/runtime.ts";
import type { RecoverSigner } from "../../../src/kernel/ports.ts";

/** In the order in which their signatures stand. */
export const operators: readonly `0x${string}`[] = ["0xA1", "0xB2"].map((end) => address.parse(`0x${end.slice(2).padStart(40, "0")}`));

/** Nobody here forges: a signature is the digest of the document, and who made it. */
function signed(document: string, operator: string): `0x${string}` {
  return `0x${digestOf(`${document} ${operator}`).slice("sha256:".length)}${"00".repeat(33)}`;
}

export const recoverSimulated: RecoverSigner = async (document, signature) =>
  operators.find((operator) => signed(document, operator) === signature);

export function needsPerson(run: Run): boolean {
  return run.status === "paused" || isBeforePeople(run);
}

/** Does what a run waits for. @throws as the runtime does */
export async function attend(runtime: Runtime, run: Run): Promise<void> {
  if (run.status === "paused") {
    await runtime.resume(run.runId, { actor: "ann", reason: "go on" }, { detach: true });
    return;
  }
  const statement = await runtime.draftResolution(run.runId, { reason: "it stays", outcomes: {}, all: "accepted", evidence: null });
  const document = resolutionDocument(statement);
  await runtime.resolve(
    run.runId,
    operators.map((operator) => ({ statement, operator, signature: signed(document, operator) })),
  );
}
