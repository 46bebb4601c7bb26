/**
 * The tables, and how an older schema becomes a newer one. Migrations only go forward; a released one is never changed.
 *
 * Digests are stored as their 32 bytes. `runs` and `snapshots` are the only tables whose rows change; `events` and `artifacts` refuse every
 * change, also from their owner and with replication's settings, and a role that was granted no more than it needs (migrate.ts) has no right to try.
 *
 * The store-wide order of events is (epoch, tx, event_no): the transaction's id, and a sequence within it. No lock orders commits, so a
 * transaction with a lower id may commit later; below the oldest transaction that still runs, everything is there. An epoch begins when a
 * dump was restored by another server, whose transaction ids start lower.
 */
import { functions1 } from "./functions.ts";
import { functions2 } from "./functions2.ts";
import { functions3 } from "./functions3.ts";
import { raised } from "./failure.ts";
import { viewNames, views } from "./views.ts";

const tables1 = `
create table meta (
  one boolean primary key default true check (one),
  version integer not null,
  -- The store's random identity.
  scope text not null,
  -- Also the default of events.epoch.
  epoch integer not null default 0
);

create table runs (
  -- Admission order.
  run_no bigint generated always as identity primary key,
  run_id text collate "C" not null unique,
  entry_point text collate "C" not null,
  spec_ref bytea not null,
  config_digest bytea not null,
  parent text collate "C",
  status text collate "C" not null,
  ended boolean not null,
  head_seq bigint not null,
  head_digest bytea not null,
  -- The Run document as JSON.
  run text not null,
  wake_at bigint,
  poked_at bigint,
  fence bigint not null,
  lease_owner text,
  lease_expires bigint,
  claims bigint not null,
  -- When the run is both due and without a lease; null when nothing wakes it. least and greatest pass over nulls.
  claimable_at bigint generated always as (
    case when wake_at is null and poked_at is null then null else greatest(least(wake_at, poked_at), lease_expires) end
  ) stored,
  check ((lease_owner is null) = (lease_expires is null)),
  check (not ended or (wake_at is null and poked_at is null and lease_owner is null))
) with (fillfactor = 70);
create index runs_by_status on runs (status, run_no);
create index runs_by_entry_point on runs (entry_point, run_no);
create index runs_by_entry_point_and_status on runs (entry_point, status, run_no);
create index runs_by_parent on runs (parent, status) where parent is not null;
create index runs_claimable on runs (entry_point, claimable_at, run_no) where claimable_at is not null;
create index runs_by_owner on runs (lease_owner) where lease_owner is not null;

create table events (
  epoch integer not null default 0,
  tx xid8 not null default pg_current_xact_id(),
  event_no bigint generated always as identity,
  run_no bigint not null references runs (run_no),
  seq bigint not null,
  digest bytea not null check (octet_length(digest) = 32),
  body text not null,
  primary key (run_no, seq)
);
create unique index events_in_order on events (epoch, tx, event_no);

create table artifacts (
  digest bytea primary key check (octet_length(digest) = 32),
  body bytea not null
);

-- The newest snapshot of a run, with its bytes: a cache, so nothing is lost with a row.
create table snapshots (
  run_no bigint primary key references runs (run_no),
  seq bigint not null,
  head_digest bytea not null,
  digest bytea not null,
  body bytea not null
);
create index snapshots_by_digest on snapshots (digest);

create function refuse() returns trigger language plpgsql as $$
begin
  raise exception '% are %', tg_table_name, tg_argv[0] using errcode = '${raised.appendOnly}';
end
$$;
`;

/** Fires also where replication's settings keep ordinary triggers from firing. */
const refuse = (name: string, when: string, table: string, words: string): string => `
create trigger ${name} before ${when} on ${table} for each statement execute function refuse('${words}');
alter table ${table} enable always trigger ${name};`;

const version1 = [
  tables1,
  refuse("events_change", "update or delete or truncate", "events", "append-only"),
  refuse("artifacts_change", "update or delete or truncate", "artifacts", "append-only"),
  refuse("runs_rename", "update of run_no, run_id, entry_point, spec_ref, config_digest, parent", "runs", "admitted once"),
  refuse("runs_remove", "delete or truncate", "runs", "never removed"),
  functions1,
].join("\n");

const tables2 = `
-- The effects of runs as their events made them, and the lanes in which they stand: like the rest of runs, a summary that is written with
-- the events and follows from them.
create table effects (
  -- The order in which they were intended.
  effect_no bigint generated always as identity primary key,
  digest bytea not null unique check (octet_length(digest) = 32),
  run_no bigint not null references runs (run_no),
  step text not null,
  kind text collate "C" not null,
  state text collate "C" not null,
  outcome text,
  candidates bigint not null,
  identity text collate "C",
  lane text collate "C",
  slot bigint,
  -- queued, held or open; null where it does not stand in its lane.
  place text collate "C",
  -- Of those that are queued in a lane, the lowest has its turn.
  ticket bigint
) with (fillfactor = 80);
create index effects_by_run on effects (run_no, effect_no);
create index effects_by_state on effects (state, effect_no);
create index effects_by_lane on effects (lane, effect_no) where lane is not null;
create index effects_by_identity on effects (identity) where identity is not null;
create index effects_in_place on effects (lane, place, ticket) where place is not null;

create table lanes (
  lane text collate "C" primary key,
  -- How many slots were given.
  seq bigint not null,
  -- Slots below are known to be used up.
  next bigint
);
`;

/** Index 0 makes version 1 of an empty schema, index 1 makes version 2 of version 1, and so on. */
export const migrations: readonly string[] = [version1, [tables2, functions2, views].join("\n"), functions3];

/** What the application's role may do: no more than the statements of this folder do. Repeated after every migration. */
export function grantsTo(role: string, schema: string): string {
  return `
grant usage on schema ${schema} to ${role};
grant select on meta, runs, events, artifacts, snapshots, effects, lanes, ${viewNames.join(", ")} to ${role};
grant insert on runs, events, artifacts, snapshots, effects, lanes to ${role};
grant update (status, ended, head_seq, head_digest, run, wake_at, poked_at, fence, lease_owner, lease_expires, claims) on runs to ${role};
grant update on snapshots, lanes to ${role};
grant delete on effects to ${role};
grant update (step, kind, state, outcome, candidates, identity, lane, slot, place, ticket) on effects to ${role};
grant execute on all functions in schema ${schema} to ${role};
`;
}
