/** The signer process for people. */
import type { startSigner } from "../../app/keystore/signer-process.ts";
import type { Paint } from "../paint.ts";
import { renderPairs } from "./table.ts";
import { showInstant } from "./time.ts";

export function renderSigner(status: Awaited<ReturnType<typeof startSigner>>, paint: Paint): string {
  const { state, pid, vaultId, startedAt, locksAt, withoutPolicy, signatures } = status;
  return renderPairs(
    [
      ["signer", paint(state === "unlocked" ? "green" : "yellow", state)],
      ["process", String(pid)],
      ["vault", vaultId],
      ["started", `${showInstant(startedAt)} UTC`],
      ["locks", locksAt === null ? "mfm signer start unlocks it again" : `${showInstant(locksAt)} UTC, if nobody asks before`],
      ["without policy", withoutPolicy === "nothing" ? "signs nothing" : "signs everything"],
      ["signatures", String(signatures)],
    ],
    paint,
  );
}
