/**
 * The suite that every signer passes: hardware, a KMS, Web3Signer or a vault. It registers `node:test` tests; each opens a signer that has signed
 * nothing yet, holds at least one key, and may sign whatever it is asked for.
 *
 * ```ts
 * testSignerConformance("ledger", async () => ({ signer, close: () => signer.close() }));
 * ```
 */
import { describe } from "node:test";
import { testAnswers } from "./signer/answers.ts";
import { testNonces, testQuestions } from "./signer/nonces.ts";
import type { OpenSigner } from "./signer/subject.ts";

export type { OpenSigner, SignerSubject } from "./signer/subject.ts";

export function testSignerConformance(name: string, open: OpenSigner): void {
  describe(`signer ${name}`, () => {
    testAnswers(open);
    testNonces(open);
    testQuestions(open);
  });
}
