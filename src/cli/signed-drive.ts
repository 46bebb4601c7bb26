/** Driving a run of which this command signs: with the vault that its options name, else with the signer process, as workers do. */
import type { Driving } from "../app/drive-runs.ts";
import type { Call } from "./call.ts";
import { unlockNamed } from "./keystore-options.ts";

export async function signedDrive<T>(call: Call, drive: (driving: Driving) => Promise<T>): Promise<(driving: Driving) => Promise<T>> {
  if (call.text("keystore") === undefined && unlockNamed(call) === undefined) return drive;
  const [{ withSigner }, { signerOf }] = await Promise.all([import("../app/keystore/signers.ts"), import("./signer-choice.ts")]);
  const choice = signerOf(call);
  return (driving) => withSigner(driving.place, choice, (signer) => drive({ ...driving, place: { ...driving.place, signer } }));
}
