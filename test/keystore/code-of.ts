/** How something ended, in a word. */
import assert from "node:assert/strict";
import { MfmError } from "../../src/kernel/errors.ts";

/** The code with which it was refused, or `done`. */
export async function codeOf(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return "done";
  } catch (error) {
    assert.ok(error instanceof MfmError, String(error));
    return error.code;
  }
}
