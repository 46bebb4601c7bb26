/**
 * The tables, and how an older file becomes a newer one. Migrations only go forward; a released one is never changed.
 *
 * Digests are stored as their 32 bytes. `runs` is the only table whose rows change; `events` and `artifacts` refuse every change,
 * also INSERT OR REPLACE on a connection without `recursive_triggers`, where no delete trigger fires.
 */
import { MfmError } from "../../kernel/errors.ts";
import { newScope } from "../scope.ts";
import type { Session } from "./session.ts";
import { views } from "./views.ts";

/** "mfm1" in ASCII: marks the file as ours. @see https://sqlite.org/pragma.html#pragma_application_id */
export const applicationId = 0x6d666d31;

const refuse = (name: string, when: string, table: string, words: string): string =>
  `create trigger ${name} before ${when} begin select raise(abort, '${table} are ${words}'); end;`;

const version1 = `
create table meta (
  one integer primary key check (one = 1),
  scope text not null,
  -- Written after a commit whose outcome was unknown: what a failed commit left in the log is overwritten by this.
  settled integer not null
) strict;

create table runs (
  -- Admission order.
  run_no integer primary key,
  run_id text not null unique,
  entry_point text not null,
  spec_ref blob not null,
  config_digest blob not null,
  parent text,
  status text not null,
  head_seq integer not null,
  head_digest blob not null,
  -- The Run document as JSON.
  run text not null,
  wake_at integer,
  poked_at integer,
  -- When the run is both due and without a lease; null when nothing wakes it (schedule.ts).
  claimable_at integer,
  fence integer not null,
  lease_owner text,
  lease_expires integer,
  claims integer not null
) strict;
create index runs_by_status on runs (status);
create index runs_by_entry_point on runs (entry_point);
create index runs_by_entry_point_and_status on runs (entry_point, status);
create index runs_by_parent on runs (parent, status) where parent is not null;
create index runs_claimable on runs (entry_point, claimable_at) where claimable_at is not null;

create table events (
  commit_order integer primary key,
  run_no integer not null references runs (run_no),
  seq integer not null,
  digest blob not null,
  body text not null,
  unique (run_no, seq)
) strict;

create table artifacts (
  artifact_no integer primary key,
  digest blob not null unique,
  body blob not null
) strict;

-- The newest snapshot of a run, with its bytes: a cache, so nothing is lost with a row.
create table snapshots (
  run_no integer primary key references runs (run_no),
  seq integer not null,
  head_digest blob not null,
  digest blob not null,
  body blob not null
) strict;
create index snapshots_by_digest on snapshots (digest);

${refuse("events_update", "update on events", "events", "append-only")}
${refuse("events_delete", "delete on events", "events", "append-only")}
${refuse("events_replace", "insert on events when exists (select 1 from events where commit_order = new.commit_order or (run_no = new.run_no and seq = new.seq))", "events", "append-only")}
${refuse("artifacts_update", "update on artifacts", "artifacts", "append-only")}
${refuse("artifacts_delete", "delete on artifacts", "artifacts", "append-only")}
${refuse("artifacts_replace", "insert on artifacts when exists (select 1 from artifacts where artifact_no = new.artifact_no or digest = new.digest)", "artifacts", "append-only")}
${refuse("runs_rename", "update of run_no, run_id, entry_point, spec_ref, config_digest, parent on runs", "runs", "admitted once")}
${refuse("runs_delete", "delete on runs", "runs", "never removed")}
${refuse("runs_replace", "insert on runs when exists (select 1 from runs where run_no = new.run_no or run_id = new.run_id)", "runs", "admitted once")}
`;

const version2 = `
-- The effects of runs as their events made them, and the lanes in which they stand: like the rest of runs, a summary that is written with
-- the events and follows from them.
create table effects (
  -- The order in which they were intended.
  effect_no integer primary key,
  digest blob not null unique,
  run_no integer not null references runs (run_no),
  step text not null,
  kind text not null,
  state text not null,
  outcome text,
  candidates integer not null,
  identity text,
  lane text,
  slot integer,
  -- queued, held or open; null where it does not stand in its lane.
  place text,
  -- Of those that are queued in a lane, the lowest has its turn.
  ticket integer
) strict;
create index effects_by_run on effects (run_no);
create index effects_by_state on effects (state);
create index effects_by_lane on effects (lane) where lane is not null;
create index effects_by_identity on effects (identity) where identity is not null;
create index effects_in_place on effects (lane, place, ticket) where place is not null;

create table lanes (
  lane text primary key,
  -- How many slots were given.
  seq integer not null,
  -- Slots below are known to be used up.
  next integer
) strict, without rowid;
${views}`;

const version3 = `
-- How many runs of an entry point are driven, and by whom.
create index runs_leased on runs (entry_point) where lease_owner is not null;
`;

/** Index 0 makes version 1 of an empty file, index 1 makes version 2 of version 1, and so on. */
export const migrations: readonly string[] = [version1, version2, version3];

/** What a file is, before anything is written to it. */
export type FileKind = { readonly kind: "empty" } | { readonly kind: "store"; readonly version: number };

/** @throws STORE_CORRUPT when the file is another application's; STORE_NEWER when a later version of MFM wrote it */
export function identify(session: Pick<Session, "get">, path: string, newest = migrations.length): FileKind {
  const application = readPragma(session, "application_id");
  const version = readPragma(session, "user_version");
  if (application === applicationId) {
    if (version <= newest) return { kind: "store", version };
    throw new MfmError("STORE_NEWER", `${path} has schema ${version}; this version of MFM knows schemas up to ${newest}`, {
      path,
      schema: version,
      newest,
    });
  }
  const { objects } = session.get<{ objects: number }>("select count(*) as objects from sqlite_schema") ?? { objects: 0 };
  if (application === 0 && version === 0 && objects === 0) return { kind: "empty" };
  // Another process may have made it a store in between, which it does in one commit.
  if (application === 0 && readPragma(session, "application_id") === applicationId) return identify(session, path, newest);
  throw new MfmError("STORE_CORRUPT", `${path} is a SQLite database, but not an MFM store`, { path, application });
}

/**
 * Brings the file to the newest schema in one transaction. Of several processes that open a new file at once, the first one to hold the
 * lock migrates; the others find it done. `scope` is the identity of a store that is made by this.
 * @returns the schema that was brought forward here; undefined: nothing was, or the store was made
 * @throws SQLITE_BUSY as the driver throws it, when another process holds the lock: nothing was written
 */
export function migrate(session: Session, path: string, steps: readonly string[] = migrations, scope = newScope()): number | undefined {
  const seen = identify(session, path, steps.length);
  if (seen.kind === "store" && seen.version === steps.length) return undefined;
  session.exec("begin immediate");
  try {
    const found = identify(session, path, steps.length);
    const from = found.kind === "empty" ? 0 : found.version;
    for (const step of steps.slice(from)) session.exec(step);
    if (from === 0) session.run("insert into meta (one, scope, settled) values (1, ?, 0)", scope);
    session.exec(`pragma application_id = ${applicationId}; pragma user_version = ${steps.length}`);
    session.exec("commit");
    return from === 0 || from === steps.length ? undefined : from;
  } catch (error) {
    if (session.inTransaction) session.exec("rollback");
    throw error;
  }
}

export function readPragma(session: Pick<Session, "get">, name: string): number {
  const row = session.get<{ readonly [column: string]: unknown }>(`pragma ${name}`);
  return Number(row?.[name] ?? 0);
}
