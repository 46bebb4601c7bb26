/** A signer that is unlocked when it is asked for the first time: whoever never signs is asked for no passphrase. */
import type { Signer } from "../../keystore/signer-port.ts";
import type { Place } from "../place.ts";
import { type SignerChoice, withSigner } from "./signers.ts";

/** @throws what `work` throws; the signer's methods throw what unlocking throws */
export async function withLazySigner<T>(place: Place, choice: SignerChoice, work: (signer: Signer) => Promise<T>): Promise<T> {
  let release = (): void => undefined;
  const over = new Promise<void>((resolve) => (release = resolve));
  let closed: Promise<void> | undefined;
  let opening: Promise<Signer> | undefined;
  const open = (): Promise<Signer> => {
    opening ??= new Promise<Signer>((resolve, reject) => {
      closed = withSigner(place, choice, async (signer) => {
        resolve(signer);
        await over;
      }).catch(reject);
    });
    return opening;
  };
  const signer: Signer = {
    accounts: async () => (await open()).accounts(),
    sign: async (intent) => (await open()).sign(intent),
    check: async (intent) => (await open()).check(intent),
    signedNonces: async (range) => (await open()).signedNonces(range),
    close: async () => undefined,
  };
  try {
    return await work(signer);
  } finally {
    release();
    await closed;
  }
}
