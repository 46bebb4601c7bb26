/**
 * The writes of schema 3 around leases: several runs are claimed at once, limits of entry points hold for all workers together, and every
 * write refuses callers of another schema.
 *
 * A limit is a count of leases, and two that count at once would both find room: who claims runs of a limited entry point holds its lock until
 * the commit. Nobody waits for it: where another is about to claim, that entry point is passed over, and looked at again soon.
 */
import { raised } from "./failure.ts";
import { claim, claimColumns, claimed, keepPlans } from "./functions.ts";

/** Of advisory locks, together with the entry point's name; others are of migrate.ts and functions2.ts. */
const entryPointLocks = 1_835_429_171;

const version = `
create or replace function assert_version(p_version integer) returns void language plpgsql as $$
begin
  if p_version <> 3 then
    raise exception 'the store has schema 3, not %', p_version using errcode = '${raised.otherSchema}';
  end if;
end
$$;

create index runs_leased on runs (entry_point) where lease_owner is not null;
drop index runs_by_owner;
`;

const room = `
-- How many more runs of an entry point may be leased; null: as many as there are.
create function room_of(p_entry_point text, p_limit integer, p_now bigint) returns integer language sql stable as $$
  select case when p_limit is not null then p_limit - (
    select count(*) from runs r where r.entry_point = p_entry_point and r.lease_owner is not null and r.lease_expires > p_now
  )::integer end
$$;
`;

/**
 * Of each entry point a few candidates, taken from its part of the index, and of all of them the first that nobody else is about to claim, by
 * turns. A row that another transaction holds is passed over; one that changed since it was found is looked at again under its lock.
 */
const claimNext = `
create function claim_next(
  p_version integer, p_now bigint, p_owner text, p_milliseconds bigint, p_entry_points text[], p_first_turns integer[], p_limits integer[],
  p_except bytea[], p_places integer
) returns table (${claimColumns})
language plpgsql ${keepPlans} as $$
#variable_conflict use_column
declare
  v_now bigint := coalesce(p_now, store_now());
  v_rooms integer[] := p_limits;
  v_left integer := p_places;
  v_candidate record;
begin
  perform assert_version(p_version);
  for v_index in 1 .. cardinality(p_entry_points) loop
    if p_limits[v_index] is null then
      v_rooms[v_index] := p_places;
    elsif pg_try_advisory_xact_lock(${entryPointLocks}, hashtext(current_schema() || ' ' || p_entry_points[v_index])) then
      -- A statement of its own, so that it sees what whoever had the lock before committed.
      v_rooms[v_index] := room_of(p_entry_points[v_index], p_limits[v_index], v_now);
    else
      v_rooms[v_index] := 0;
    end if;
  end loop;
  for v_candidate in
    select c.run_no, e.place from unnest(p_entry_points, p_first_turns) with ordinality as e (entry_point, first_turn, place)
    cross join lateral (
      select r.run_no, r.claimable_at, row_number() over (order by r.claimable_at, r.run_no) as turn from (
        select s.run_no, s.claimable_at from runs s
        where s.entry_point = e.entry_point and s.claimable_at <= v_now and not (s.spec_ref = any (p_except))
        order by s.claimable_at, s.run_no limit p_places + 31
      ) as r
    ) as c
    where v_rooms[e.place] > 0
    order by e.first_turn + c.turn, c.claimable_at, c.run_no
  loop
    exit when v_left = 0;
    continue when v_rooms[v_candidate.place] <= 0;
    return query update runs r set ${claim}
    where r.run_no = (
      select held.run_no from runs held where held.run_no = v_candidate.run_no and held.claimable_at <= v_now for update skip locked
    )
    returning ${claimed};
    if found then
      v_left := v_left - 1;
      v_rooms[v_candidate.place] := v_rooms[v_candidate.place] - 1;
    end if;
  end loop;
end
$$;
`;

/** Both lock in the order in which all do. A driver's leases are found by their runs: it may have many. */
const keepAndRelease = `
create function heartbeat(p_version integer, p_now bigint, p_run_id text[], p_owner text[], p_fence bigint[], p_milliseconds bigint)
returns table (run_id text, fence bigint, lease_owner text)
language plpgsql ${keepPlans} as $$
#variable_conflict use_column
begin
  perform assert_version(p_version);
  -- A lease that expired and that nobody took is extended all the same.
  return query with held as (
    select r.run_no from unnest(p_run_id, p_owner, p_fence) as l (run_id, owner, fence)
    join runs r on r.run_id = l.run_id and r.fence = l.fence and r.lease_owner || '' = l.owner
    order by r.run_no for update of r
  )
  update runs r set lease_expires = coalesce(p_now, store_now()) + p_milliseconds
  from held where r.run_no = held.run_no returning r.run_id, r.fence, r.lease_owner;
end
$$;

-- Whether one of the runs is one that a worker could claim now.
create function release(p_version integer, p_now bigint, p_run_id text[], p_owner text[], p_fence bigint[], p_wake_at bigint[]) returns boolean
language plpgsql ${keepPlans} as $$
declare
  v_wakes boolean;
begin
  perform assert_version(p_version);
  with given as materialized (
    -- Of a lease that is given back twice, the first counts.
    select distinct on (l.run_id, l.owner, l.fence) l.run_id, l.owner, l.fence, l.wake_at
    from unnest(p_run_id, p_owner, p_fence, p_wake_at) with ordinality as l (run_id, owner, fence, wake_at, place)
    order by l.run_id, l.owner, l.fence, l.place
  ), held as (
    select r.run_no, g.wake_at from given g
    join runs r on r.run_id = g.run_id and r.fence = g.fence and r.lease_owner || '' = g.owner
    order by r.run_no for update of r
  ), freed as (
    update runs r set wake_at = held.wake_at, lease_owner = null, lease_expires = null, claims = 0
    from held where r.run_no = held.run_no returning r.claimable_at
  )
  select coalesce(bool_or(f.claimable_at <= coalesce(p_now, store_now())), false) into v_wakes from freed f;
  return v_wakes;
end
$$;

create function write_snapshot(p_version integer, p_run_id text, p_seq bigint, p_head_digest bytea, p_digest bytea, p_body bytea) returns void
language plpgsql ${keepPlans} as $$
begin
  perform assert_version(p_version);
  insert into snapshots (run_no, seq, head_digest, digest, body)
  select e.run_no, e.seq, e.digest, p_digest, p_body from events e
  where e.run_no = (select r.run_no from runs r where r.run_id = p_run_id) and e.seq = p_seq and e.digest = p_head_digest
  on conflict (run_no) do update
  set seq = excluded.seq, head_digest = excluded.head_digest, digest = excluded.digest, body = excluded.body
  where excluded.seq >= snapshots.seq;
end
$$;
`;

export const functions3 = [version, room, claimNext, keepAndRelease].join("\n");
