/** What is said on the signer's socket: a greeting with the token, then requests and answers, each with the number of its request. */
import { type ErrorCode, MfmError, errorTable } from "../../kernel/errors.ts";
import { type Json, type JsonObject, isJsonObject } from "../../kernel/json.ts";

export const protocol = "mfm-signer/1";
export const socketName = "signer.sock";
export const tokenName = "signer.token";

/** A greeting is short, and nobody is trusted before it. */
export const longestGreeting = 256;

export interface SignerStatus {
  readonly state: "unlocked" | "locked";
  readonly pid: number;
  readonly vaultId: string;
  /** Instants, UTC. */
  readonly startedAt: string;
  /** When it locks itself if nobody asks for anything; null once it is locked. */
  readonly locksAt: string | null;
  /** What entries without a policy may sign. */
  readonly withoutPolicy: "nothing" | "everything";
  readonly signatures: number;
}

export type SignerMethod = "accounts" | "sign" | "check" | "signedNonces" | "status" | "lock" | "stop";

export interface SignerRequest {
  readonly id: number;
  readonly method: SignerMethod;
  /** Of `sign` and `check` only. */
  readonly intent: Json;
  /** Of `signedNonces` only. */
  readonly range: Json;
}

const methods: readonly string[] = ["accounts", "sign", "check", "signedNonces", "status", "lock", "stop"];

/** @throws SIGNER_PROTOCOL */
export function readRequest({ id, method, intent = null, range = null, ...rest }: JsonObject): SignerRequest {
  const known = typeof id === "number" && typeof method === "string" && methods.includes(method);
  if (!known || Object.keys(rest).length > 0) throw new MfmError("SIGNER_PROTOCOL", "a request of another protocol");
  return { id, method: method as SignerMethod, intent, range };
}

export function errorJson(error: unknown): JsonObject {
  if (error instanceof MfmError) return { code: error.code, message: error.message, details: error.details };
  // The words of an error that nobody expected may hold anything.
  return { code: "INTERNAL", message: "the signer process failed", details: {} };
}

/** The error that the other side threw. */
export function readError(value: Json | undefined): MfmError {
  if (value !== undefined && isJsonObject(value)) {
    const { code, message, details } = value;
    if (typeof code === "string" && Object.hasOwn(errorTable, code) && typeof message === "string")
      return new MfmError(code as ErrorCode, message, isJsonObject(details ?? null) ? (details as JsonObject) : {});
  }
  return new MfmError("SIGNER_PROTOCOL", "an answer of another protocol");
}
