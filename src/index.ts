/** The library: what an author of states and ops, and a program that runs them, needs. */
export { clock } from "./capabilities/clock.ts";
export { type Backend, type CallContext, type Capability, defineCapability, implement } from "./kernel/capability.ts";
export { type Digest, digestOf, parseCanonical, toCanonical } from "./kernel/canonical.ts";
export { CertifiedSpec, type Finding, certify } from "./kernel/certify.ts";
export { address, bigint, bytes, decimal, digest, hash, instant, networkId, uint256 } from "./kernel/codecs.ts";
export type { Reading } from "./kernel/effects/follow.ts";
export {
  type EffectBackend,
  type EffectContext,
  type EffectKind,
  type Subject,
  defineEffect,
  implementEffect,
} from "./kernel/effects/kind.ts";
export type { Duration } from "./kernel/duration.ts";
export type { RetryAdvice } from "./kernel/error-entry.ts";
export { type ErrorCode, MfmError, errorTable } from "./kernel/errors.ts";
export type { Head, RunEvent } from "./kernel/events.ts";
export { StepFailure } from "./kernel/execute.ts";
export type { Json } from "./kernel/json.ts";
export type { RunId } from "./kernel/names.ts";
export { type Op, type OutputOf, type Plan, type Program, type StepRef, defineOp, planOp } from "./kernel/op.ts";
export type { Clock, Moment, Random, Watch } from "./kernel/ports.ts";
export type { Act } from "./kernel/progress.ts";
export { Registry } from "./kernel/registry.ts";
export type { Run, RunStatus, WaitingFor } from "./kernel/run.ts";
export { type Outcome, Runtime } from "./kernel/runtime/runtime.ts";
export { runWorker } from "./kernel/runtime/worker.ts";
export type { Spec, Step } from "./kernel/spec.ts";
export { type State, defineState } from "./kernel/state.ts";
export type { Store } from "./kernel/store.ts";
export { readBundle, verifyBundle, writeBundle } from "./kernel/verify/bundle.ts";
export { type History, readHistory } from "./kernel/verify/history.ts";
export { type VerifyReport, verifyHistory } from "./kernel/verify/verify.ts";
export type { Handle, Wired } from "./kernel/wiring.ts";
export { hello } from "./ops/proof/hello.ts";
export { machineClock } from "./transports/clock.ts";
export { machineRandom, machineTime, nameOwner } from "./app/machine.ts";
export { type PostgresAddress, parsePostgresUrl } from "./storages/postgres/address.ts";
export { migratePostgresStore } from "./storages/postgres/migrate.ts";
export { openPostgresStore } from "./storages/postgres/open.ts";
export { openSqliteStore } from "./storages/sqlite/open.ts";
