/**
 * The writes of schema 2. An append brings rows of effects and moves of lanes, as JSON: most have none, and then they cost nothing.
 *
 * Locks are taken in one order: lanes by name, then runs by run_no, then artifacts by digest. Lanes come first because what stands first in
 * one says which other run is to be poked, and so to be locked. A lane that is not there yet is locked as well: by its name, not by its row.
 */
import { raised } from "./failure.ts";

/** Of advisory locks, together with the lane's name; others are of migrate.ts. */
const laneLocks = 1_835_429_170;

const keepPlans = "set plan_cache_mode = force_generic_plan";

const version = `
create or replace function assert_version(p_version integer) returns void language plpgsql as $$
begin
  if p_version <> 2 then
    raise exception 'the store has schema 2, not %', p_version using errcode = '${raised.otherSchema}';
  end if;
end
$$;

-- What a worker of schema 1 calls goes on to tell it that this is another.
drop function append(
  integer, bigint, text[], bigint[], bytea[], bigint[], text[], boolean[], bigint[], bytea[], text[], bigint[],
  text[], bytea[], bytea[], text[], text[], bigint[], integer[], bigint[], bytea[], text[], integer[], bytea[], bytea[]
);
create function append(
  integer, bigint, text[], bigint[], bytea[], bigint[], text[], boolean[], bigint[], bytea[], text[], bigint[],
  text[], bytea[], bytea[], text[], text[], bigint[], integer[], bigint[], bytea[], text[], integer[], bytea[], bytea[]
) returns void language sql as $$ select assert_version(1) $$;
`;

const lanes = `
create function lock_lanes(p_lanes jsonb[]) returns void language plpgsql ${keepPlans} as $$
begin
  perform pg_advisory_xact_lock(${laneLocks}, named.key) from (
    select distinct hashtext(current_schema() || ' ' || m.lane) as key
    from unnest(p_lanes) as q (moves), jsonb_to_recordset(q.moves) as m (lane text) order by key
  ) as named;
end
$$;

-- Rows of an append that holds, in lanes that are locked. Whether a run became one that a worker could claim.
create function write_effects(p_now bigint, p_run_no bigint, p_effects jsonb, p_lanes jsonb) returns boolean
language plpgsql ${keepPlans} as $$
declare
  v_wakes boolean;
begin
  -- Whoever enters a queue goes to its end; tickets begin anew where it is empty. A number is drawn only for an effect that is new.
  with given as materialized (
    select decode(g.effect, 'hex') as digest, g.step, g.kind, g.state, g.outcome, g.candidates, g.identity, g.lane, g.slot, g.place, g.rank,
      case when g.place = 'queued' then g.rank + coalesce(
        (select max(q.ticket) from effects q where q.lane = g.lane and q.place = 'queued'), 0
      ) end as ticket
    from rows from (jsonb_to_recordset(p_effects) as (
      effect text, step text, kind text, state text, outcome text, candidates bigint, identity text, lane text, slot bigint, place text
    )) with ordinality as g (effect, step, kind, state, outcome, candidates, identity, lane, slot, place, rank)
  ), known as (
    update effects e set step = g.step, kind = g.kind, state = g.state, outcome = g.outcome, candidates = g.candidates, identity = g.identity, lane = g.lane,
      slot = g.slot, place = g.place, ticket = case when e.place = 'queued' and g.place = 'queued' then e.ticket else g.ticket end
    from given g where e.digest = g.digest
  )
  insert into effects (digest, run_no, step, kind, state, outcome, candidates, identity, lane, slot, place, ticket)
  select g.digest, p_run_no, g.step, g.kind, g.state, g.outcome, g.candidates, g.identity, g.lane, g.slot, g.place, g.ticket
  from given g where not exists (select from effects e where e.digest = g.digest) order by g.rank;

  insert into lanes (lane, seq, next)
  select m.lane, coalesce(m.slots, 0), m.next from jsonb_to_recordset(p_lanes) as m (lane text, slots bigint, next bigint)
  on conflict (lane) do update set seq = lanes.seq + excluded.seq, next = greatest(lanes.next, excluded.next);

  -- Nobody is given a slot while another effect holds one that it has not used.
  with turn as (
    select distinct first.run_no from jsonb_to_recordset(p_lanes) as m (lane text)
    cross join lateral (
      select e.run_no from effects e where e.lane = m.lane and e.place = 'queued' order by e.ticket limit 1
    ) as first
    where not exists (select from effects h where h.lane = m.lane and h.place = 'held')
  ), poked as (
    update runs r set poked_at = coalesce(r.poked_at, p_now) from turn
    where r.run_no = turn.run_no and r.run_no <> p_run_no and not r.ended returning r.claimable_at
  )
  select coalesce(bool_or(poked.claimable_at <= p_now), false) into v_wakes from poked;
  return v_wakes;
end
$$;
`;

/** As in schema 1, with lanes: looked at after head and fence, and written with the rest. */
const append = `
create function append(
  p_version integer, p_now bigint,
  p_run_id text[], p_expected_seq bigint[], p_expected_digest bytea[], p_fence bigint[],
  p_status text[], p_ended boolean[], p_head_seq bigint[], p_head_digest bytea[], p_run text[], p_wake_at bigint[],
  p_entry_point text[], p_spec_ref bytea[], p_config_digest bytea[], p_parent text[], p_owner text[], p_milliseconds bigint[],
  p_event_of integer[], p_event_seq bigint[], p_event_digest bytea[], p_event_body text[],
  p_artifact_of integer[], p_artifact_digest bytea[], p_artifact_body bytea[],
  p_effects jsonb[], p_lanes jsonb[]
) returns table (kind text, head_seq bigint, head_digest bytea, event_no bigint, expires_at bigint, wakes boolean, lane text)
language plpgsql ${keepPlans} as $$
#variable_conflict use_column
declare
  v_now bigint := coalesce(p_now, store_now());
  v_ending text[];
  v_request record;
  v_held runs;
  v_run_no bigint;
  v_parent text;
  v_wakes boolean;
  -- The first of the request's lanes in which somebody else was given a slot since.
  v_moved text;
  -- Runs that may be next in a lane and are not of this call.
  v_next bigint[] := '{}';
  -- Of each request, in order: null where it was refused.
  v_run_nos bigint[] := '{}';
  v_kinds text[] := '{}';
  v_head_seqs bigint[] := '{}';
  v_head_digests bytea[] := '{}';
  v_all_wake boolean[] := '{}';
  v_lanes text[] := '{}';
begin
  perform assert_version(p_version);
  -- An acknowledged append is on disk, whatever the database's default says; a stronger setting stays.
  perform set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') in ('off', 'local');

  if array_length(array_remove(p_lanes, null), 1) > 0 then
    perform lock_lanes(p_lanes);
    select coalesce(array_agg(first.run_no), '{}') into v_next
    from (select distinct m.lane from unnest(p_lanes) as q (moves), jsonb_to_recordset(q.moves) as m (lane text)) as named
    cross join lateral (
      select e.run_no from effects e join runs r on r.run_no = e.run_no
      where e.lane = named.lane and e.place = 'queued' and r.run_id <> all (p_run_id) order by e.ticket limit 1
    ) as first;
  end if;

  select array_agg(e.run_id) into v_ending from unnest(p_run_id, p_ended) as e (run_id, ended) where e.ended;
  if cardinality(p_run_id) > 1 or v_ending is not null or v_next <> '{}' then
    perform from runs r where r.run_no in (
      select s.run_no from runs s where s.run_id = any (p_run_id)
      union all select c.run_no from runs c where c.parent = any (v_ending)
      union all select p.run_no from runs c join runs p on p.run_id = c.parent where c.run_id = any (v_ending)
      union all select unnest(v_next)
    ) order by r.run_no for update;
  end if;

  for v_request in
    select * from unnest(
      p_run_id, p_expected_seq, p_expected_digest, p_fence, p_status, p_ended, p_head_seq, p_head_digest, p_run, p_wake_at,
      p_entry_point, p_spec_ref, p_config_digest, p_parent, p_owner, p_milliseconds,
      p_effects, p_lanes
    ) with ordinality as q (
      run_id, expected_seq, expected_digest, fence, status, ended, head_seq, head_digest, run, wake_at,
      entry_point, spec_ref, config_digest, parent, owner, milliseconds, effects, lanes, place
    ) order by place
  loop
    v_run_no := null;
    v_wakes := false;
    v_moved := null;
    if v_request.lanes is not null and v_request.expected_seq is not null then
      select m.lane into v_moved
      from rows from (jsonb_to_recordset(v_request.lanes) as (lane text, seq bigint)) with ordinality as m (lane, seq, place)
      left join lanes l on l.lane = m.lane where m.seq <> coalesce(l.seq, 0) order by m.place limit 1;
    end if;
    if v_request.expected_seq is null then
      insert into runs (
        run_id, entry_point, spec_ref, config_digest, parent, status, ended, head_seq, head_digest, run,
        wake_at, poked_at, fence, lease_owner, lease_expires, claims
      )
      select
        v_request.run_id, v_request.entry_point, v_request.spec_ref, v_request.config_digest, v_request.parent, v_request.status,
        v_request.ended, v_request.head_seq, v_request.head_digest, v_request.run,
        case when not v_request.ended then v_request.wake_at end,
        case when not v_request.ended and v_request.owner is null then v_now end,
        case when v_request.owner is null then 0 else 1 end,
        case when not v_request.ended then v_request.owner end,
        case when not v_request.ended then v_now + v_request.milliseconds end,
        0
      -- A number is drawn only for a run that is new as far as can be seen; the index decides.
      where not exists (select from runs r where r.run_id = v_request.run_id)
      on conflict (run_id) do nothing
      returning runs.run_no, runs.parent, runs.poked_at is not null into v_run_no, v_parent, v_wakes;
    else
      update runs r set
        status = v_request.status, ended = v_request.ended, head_seq = v_request.head_seq, head_digest = v_request.head_digest,
        run = v_request.run, claims = 0,
        wake_at = case when not v_request.ended then v_request.wake_at end,
        poked_at = case when not v_request.ended then case when v_request.fence is null then coalesce(r.poked_at, v_now) else r.poked_at end end,
        lease_owner = case when not v_request.ended then r.lease_owner end,
        lease_expires = case when not v_request.ended then r.lease_expires end
      where r.run_id = v_request.run_id and not r.ended and (v_request.fence is null or r.fence = v_request.fence)
        and r.head_seq = v_request.expected_seq and r.head_digest = v_request.expected_digest
        and v_moved is null
      returning r.run_no, r.parent, v_request.fence is null and coalesce(r.claimable_at <= v_now, false) into v_run_no, v_parent, v_wakes;
    end if;

    v_kinds := v_kinds || 'appended'::text;
    if v_run_no is null then
      select * into v_held from runs r where r.run_id = v_request.run_id;
      if v_request.expected_seq is not null and not v_held.ended and v_request.fence <> v_held.fence then
        v_kinds[cardinality(v_kinds)] := 'fenced';
      elsif v_moved is not null and not v_held.ended
        and v_held.head_seq = v_request.expected_seq and v_held.head_digest = v_request.expected_digest then
        v_kinds[cardinality(v_kinds)] := 'laneMoved';
      else
        v_kinds[cardinality(v_kinds)] := 'conflict';
      end if;
      v_head_seqs := v_head_seqs || v_held.head_seq;
      v_head_digests := v_head_digests || v_held.head_digest;
    else
      v_head_seqs := v_head_seqs || v_request.head_seq::bigint;
      v_head_digests := v_head_digests || v_request.head_digest::bytea;
      if v_request.ended then
        -- A parent waits for its children's end, and children are to end with their parent: both are looked at again.
        with poked as (
          update runs r set poked_at = coalesce(r.poked_at, v_now)
          where not r.ended and r.run_no in (
            select c.run_no from runs c where c.parent = v_request.run_id union all select p.run_no from runs p where p.run_id = v_parent
          )
          returning r.claimable_at
        )
        select coalesce(bool_or(poked.claimable_at <= v_now), false) into v_wakes from poked;
      end if;
      if v_request.effects is not null or v_request.lanes is not null then
        v_wakes := write_effects(v_now, v_run_no, v_request.effects, v_request.lanes) or coalesce(v_wakes, false);
      end if;
    end if;
    v_lanes := v_lanes || v_moved;
    v_run_nos := v_run_nos || v_run_no;
    v_all_wake := v_all_wake || coalesce(v_wakes, false);
  end loop;

  insert into events (run_no, seq, digest, body)
  select v_run_nos[e.of_request], e.seq, e.digest, e.body
  from unnest(p_event_of, p_event_seq, p_event_digest, p_event_body) with ordinality as e (of_request, seq, digest, body, place)
  where v_run_nos[e.of_request] is not null
  order by e.place;

  insert into artifacts (digest, body)
  select distinct on (a.digest) a.digest, a.body
  from unnest(p_artifact_of, p_artifact_digest, p_artifact_body) as a (of_request, digest, body)
  where v_run_nos[a.of_request] is not null and not exists (select from artifacts known where known.digest = a.digest)
  order by a.digest
  on conflict (digest) do nothing;

  return query
  select k.kind, k.head_seq, k.head_digest, e.event_no,
    case when k.kind = 'appended' and not k.ended and k.owner is not null then v_now + k.milliseconds end, k.wakes, k.lane
  from unnest(v_kinds, v_run_nos, v_head_seqs, v_head_digests, v_all_wake, p_ended, p_owner, p_milliseconds, v_lanes)
    with ordinality as k (kind, run_no, head_seq, head_digest, wakes, ended, owner, milliseconds, lane, place)
  left join events e on e.run_no = k.run_no and e.seq = k.head_seq
  order by k.place;
end
$$;
`;

export const functions2 = [version, lanes, append].join("\n");
