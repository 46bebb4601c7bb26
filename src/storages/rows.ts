/** Rows of `runs`, which have the same columns in every database, and what the port calls them. */
import { Buffer } from "node:buffer";
import type { Digest } from "../kernel/canonical.ts";
import type { RunId } from "../kernel/names.ts";
import type { Run } from "../kernel/run.ts";
import type { StoredRun } from "../kernel/leases.ts";
import type { ListedRun } from "../kernel/store.ts";
import type { Schedule } from "./schedule.ts";

const digestPrefix = "sha256:";

export function bytesOf(digest: Digest): Buffer {
  return Buffer.from(digest.slice(digestPrefix.length), "hex");
}

export function digestFrom(bytes: Uint8Array): Digest {
  return `sha256:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;
}

export interface ScheduleRow {
  readonly run_no: number;
  readonly wake_at: number | null;
  readonly poked_at: number | null;
  readonly fence: number;
  readonly lease_owner: string | null;
  readonly lease_expires: number | null;
  readonly claims: number;
}

export interface RunRow extends ScheduleRow {
  readonly run_id: RunId;
  readonly spec_ref: Uint8Array;
  readonly config_digest: Uint8Array;
  readonly parent: RunId | null;
  readonly run: string;
}

export const scheduleColumns = "run_no, wake_at, poked_at, fence, lease_owner, lease_expires, claims";
export const runColumns = `${scheduleColumns}, run_id, spec_ref, config_digest, parent, run`;

export function scheduleOf(row: ScheduleRow): Schedule {
  return {
    wakeAt: row.wake_at,
    pokedAt: row.poked_at,
    fence: row.fence,
    owner: row.lease_owner,
    expiresAt: row.lease_expires,
    claims: row.claims,
  };
}

export function storedRun(row: RunRow, schedule: Schedule = scheduleOf(row)): StoredRun {
  const { owner, fence, expiresAt } = schedule;
  return {
    run: JSON.parse(row.run) as Run,
    specRef: digestFrom(row.spec_ref),
    configDigest: digestFrom(row.config_digest),
    parent: row.parent,
    wakeAt: schedule.wakeAt,
    poked: schedule.pokedAt !== null,
    lease: owner === null || expiresAt === null ? null : { runId: row.run_id, owner, fence, expiresAt },
    claims: schedule.claims,
  };
}

export function listedRun(row: RunRow): ListedRun {
  return { ...storedRun(row), admissionOrder: row.run_no };
}
