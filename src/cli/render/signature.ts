/** A signature for people. */
import type { SignedBytes } from "../../app/keystore/sign.ts";
import type { Paint } from "../paint.ts";
import { renderPairs } from "./table.ts";

export function renderSignature({ address, digest, signature }: SignedBytes, paint: Paint): string {
  return renderPairs(
    [
      ["signer", address],
      ["digest", digest],
      ["signature", signature],
    ],
    paint,
  );
}
