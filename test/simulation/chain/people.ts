/** The people of the simulated worlds: one resumes what is paused, and all who may decide sign about a run that stands before them. */
import { digestOf } from "../../../src/kernel/canonical.ts";
import { address } from "../../../src/kernel/codecs.ts";
import type { Act } from "../../../src/kernel/progress.ts";
import { type Run, isBeforePeople } from "../../../src/kernel/run.ts";
import { openStoredEvent } from "../../../src/kernel/runtime/history.ts";
import { resolutionDocument } from "../../../src/kernel/runtime/resolve.ts";
import type { Runtime } from "../../../src/kernel/runtime/runtime.ts";
import type { RecoverSigner } from "../../../src/kernel/ports.ts";
import type { Signer } from "../../../src/keystore/signer-port.ts";
import { chainId } from "./chain.ts";

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

export interface Signing {
  readonly signer: Pick<Signer, "signedNonces">;
  readonly account: `0x${string}`;
}

/** What a person does about a paused run of a store that was restored: why it paused, and below which nonce all are said to be used up. */
export async function attendRestored(
  runtime: Runtime,
  run: Run,
  signing: Signing,
): Promise<{ readonly code: string; readonly explainedTo: number }> {
  const act = { actor: "ann", reason: "restored from a backup" };
  const events = await runtime.store.readEvents(run.runId, 0, 100_000);
  const failure = events.map((stored) => openStoredEvent(run.runId, stored).event).findLast(({ type }) => type === "StepFailed");
  const code = failure?.type === "StepFailed" ? failure.data.code : "none";
  const explainedTo = code === "LANE_QUARANTINED" ? await explain(runtime, act, signing) : 0;
  if (code === "SIGNED_OTHERWISE") await runtime.cancel(run.runId, act);
  else await attend(runtime, run);
  return { code, explainedTo };
}

/** A run waits behind an effect that contradicts itself, as case 80 makes them: once its nonce is seen to be used up, somebody says so. */
export async function attendWaiting(
  runtime: Runtime,
  { account, count }: { readonly account: `0x${string}`; readonly count: number },
): Promise<void> {
  const lane = `eip155:${chainId}/${account}`;
  const unclear = await runtime.store.listEffects({ lane, is: "ambiguous", limit: 1000 });
  const next = Math.max(0, ...unclear.map(({ slot }) => (slot ?? -1) + 1));
  const known = (await runtime.store.readLane(lane, 0))?.next ?? 0;
  if (next > known && next <= count) await runtime.explainLane({ lane, next, act: { actor: "ann", reason: "it is used up" } });
}

/** What the signer signed for what is not here counts as used up. */
async function explain(runtime: Runtime, act: Act, { signer, account }: Signing): Promise<number> {
  const lane = `eip155:${chainId}/${account}`;
  const { taken, next } = (await runtime.store.readLane(lane, 64)) ?? { taken: [], next: null };
  const known = new Set(taken.map(({ effect }) => effect));
  const signed = await signer.signedNonces({ chainId, sender: account, from: next ?? 0 });
  const unknown = signed.filter(({ intentId }) => !known.has(intentId)).map(({ nonce }) => nonce);
  if (unknown.length === 0) return 0;
  const explainedTo = Math.max(...unknown) + 1;
  await runtime.explainLane({ lane, next: explainedTo, act });
  return explainedTo;
}
