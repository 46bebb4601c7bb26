import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SignedNonce, Signer } from "../../keystore/signer-port.ts";
import { MfmError } from "../../kernel/errors.ts";
import { shareSigner } from "./shared-signer.ts";

const range = { chainId: 1, sender: "0x52908400098527886E0F7030069857D2E4169EE7", from: 0 } as const;

/** A place with a signer process whose answers wait until they are let go. */
class Place {
  connected = 0;
  closed = 0;
  runs = true;
  readonly waiting: ((end: "answers" | "breaks") => void)[] = [];

  readonly connect = async (): Promise<Signer | undefined> => {
    if (!this.runs) return undefined;
    this.connected++;
    const signedNonces = (): Promise<readonly SignedNonce[]> =>
      new Promise((resolve, reject) => {
        this.waiting.push((end) => (end === "answers" ? resolve([]) : reject(new MfmError("SIGNER_NOT_RUNNING", "it broke"))));
      });
    const close = async (): Promise<void> => void this.closed++;
    return { signedNonces, close } as unknown as Signer;
  };

  async letGo(end: "answers" | "breaks" = "answers"): Promise<void> {
    await new Promise(setImmediate);
    for (const tell of this.waiting.splice(0)) tell(end);
  }
}

const isNotRunning = (error: unknown): boolean => error instanceof MfmError && error.code === "SIGNER_NOT_RUNNING";

describe("shareSigner", () => {
  it("has one connection for those who ask at once, closed with the last answer, and another one later", async () => {
    const place = new Place();
    const signer = shareSigner(place.connect);
    const asked = Promise.all([signer.signedNonces(range), signer.signedNonces(range)]);
    await place.letGo();
    assert.deepEqual([await asked, place.connected, place.closed], [[[], []], 1, 1]);
    const again = signer.signedNonces(range);
    await place.letGo();
    await again;
    assert.deepEqual([place.connected, place.closed], [2, 2]);
  });

  it("looks for the process that runs now once a connection broke", async () => {
    const place = new Place();
    const signer = shareSigner(place.connect);
    const broken = assert.rejects(signer.signedNonces(range), isNotRunning);
    await place.letGo("breaks");
    await broken;
    place.runs = false;
    await assert.rejects(signer.signedNonces(range), isNotRunning);
    place.runs = true;
    const asked = signer.signedNonces(range);
    await place.letGo();
    assert.deepEqual(await asked, []);
  });
});
