/**
 * The writes that must look before they decide, as functions of the schema: one round trip each, and what they look at is locked or is the
 * condition of the write itself. Each belongs to one version of the schema and refuses callers of another.
 *
 * Locks are taken in one order (runs by run_no, then artifacts by digest), so that transactions do not wait for each other in a circle.
 */
import { raised } from "./failure.ts";

export const claimColumns = `run_no bigint, wake_at bigint, poked_at bigint, fence bigint, lease_owner text, lease_expires bigint, claims bigint,
  run_id text, spec_ref bytea, config_digest bytea, parent text, run text`;
export const claimed = `r.run_no, r.wake_at, r.poked_at, r.fence, r.lease_owner, r.lease_expires, r.claims,
      r.run_id, r.spec_ref, r.config_digest, r.parent, r.run`;
export const claim = `fence = r.fence + 1, claims = r.claims + 1, poked_at = null, wake_at = v_now,
      lease_owner = p_owner, lease_expires = v_now + p_milliseconds`;

/** Each statement is planned once a connection: what the arrays hold does not change how it is best done, and planning costs a third of it. */
export const keepPlans = "set plan_cache_mode = force_generic_plan";

const store = `
create function store_now() returns bigint language sql volatile as $$
  select floor(extract(epoch from clock_timestamp()) * 1000)::bigint
$$;

create function assert_version(p_version integer) returns void language plpgsql as $$
begin
  if p_version <> 1 then
    raise exception 'the store has schema 1, not %', p_version using errcode = '${raised.otherSchema}';
  end if;
end
$$;
`;

/**
 * Several appends, each whole or not at all, in the order given. A request without an expected seq is an admission. A refused one leaves
 * nothing; its row says where the run's head is.
 */
const append = `
create function append(
  p_version integer, p_now bigint,
  p_run_id text[], p_expected_seq bigint[], p_expected_digest bytea[], p_fence bigint[],
  p_status text[], p_ended boolean[], p_head_seq bigint[], p_head_digest bytea[], p_run text[], p_wake_at bigint[],
  p_entry_point text[], p_spec_ref bytea[], p_config_digest bytea[], p_parent text[], p_owner text[], p_milliseconds bigint[],
  p_event_of integer[], p_event_seq bigint[], p_event_digest bytea[], p_event_body text[],
  p_artifact_of integer[], p_artifact_digest bytea[], p_artifact_body bytea[]
) returns table (kind text, head_seq bigint, head_digest bytea, event_no bigint, expires_at bigint, wakes boolean)
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
  -- Of each request, in order: null where it was refused.
  v_run_nos bigint[] := '{}';
  v_kinds text[] := '{}';
  v_head_seqs bigint[] := '{}';
  v_head_digests bytea[] := '{}';
  v_all_wake boolean[] := '{}';
begin
  perform assert_version(p_version);
  -- An acknowledged append is on disk, whatever the database's default says; a stronger setting stays.
  perform set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') in ('off', 'local');

  select array_agg(e.run_id) into v_ending from unnest(p_run_id, p_ended) as e (run_id, ended) where e.ended;
  if cardinality(p_run_id) > 1 or v_ending is not null then
    perform from runs r where r.run_no in (
      select s.run_no from runs s where s.run_id = any (p_run_id)
      union all select c.run_no from runs c where c.parent = any (v_ending)
      union all select p.run_no from runs c join runs p on p.run_id = c.parent where c.run_id = any (v_ending)
    ) order by r.run_no for update;
  end if;

  for v_request in
    select * from unnest(
      p_run_id, p_expected_seq, p_expected_digest, p_fence, p_status, p_ended, p_head_seq, p_head_digest, p_run, p_wake_at,
      p_entry_point, p_spec_ref, p_config_digest, p_parent, p_owner, p_milliseconds
    ) with ordinality as q (
      run_id, expected_seq, expected_digest, fence, status, ended, head_seq, head_digest, run, wake_at,
      entry_point, spec_ref, config_digest, parent, owner, milliseconds, place
    ) order by place
  loop
    v_run_no := null;
    v_wakes := false;
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
      returning r.run_no, r.parent, v_request.fence is null and coalesce(r.claimable_at <= v_now, false) into v_run_no, v_parent, v_wakes;
    end if;

    v_kinds := v_kinds || 'appended'::text;
    if v_run_no is null then
      select * into v_held from runs r where r.run_id = v_request.run_id;
      if v_request.expected_seq is not null and not v_held.ended and v_request.fence <> v_held.fence then
        v_kinds[cardinality(v_kinds)] := 'fenced';
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
    end if;
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
    case when k.kind = 'appended' and not k.ended and k.owner is not null then v_now + k.milliseconds end, k.wakes
  from unnest(v_kinds, v_run_nos, v_head_seqs, v_head_digests, v_all_wake, p_ended, p_owner, p_milliseconds)
    with ordinality as k (kind, run_no, head_seq, head_digest, wakes, ended, owner, milliseconds, place)
  left join events e on e.run_no = k.run_no and e.seq = k.head_seq
  order by k.place;
end
$$;
`;

/** No row: there is no such run. `busy` comes with a lease that is valid. */
const claimOne = `
create function claim(p_version integer, p_now bigint, p_run_id text, p_owner text, p_milliseconds bigint, p_take_over boolean)
returns table (kind text, ${claimColumns})
language plpgsql ${keepPlans} as $$
#variable_conflict use_column
declare
  v_now bigint := coalesce(p_now, store_now());
begin
  perform assert_version(p_version);
  loop
    return query update runs r set ${claim}
    where r.run_id = p_run_id and not r.ended and (p_take_over or r.lease_expires is null or r.lease_expires <= v_now)
    returning 'claimed'::text, ${claimed};
    if found then return; end if;
    -- What was in the way may be gone by now: then it is tried again.
    return query select case when r.ended then 'ended' else 'busy' end, ${claimed}
    from runs r where r.run_id = p_run_id and (r.ended or (not p_take_over and r.lease_expires > v_now));
    if found then return; end if;
    if not exists (select from runs r where r.run_id = p_run_id) then return; end if;
  end loop;
end
$$;
`;

/**
 * Of each entry point a few candidates, taken from its part of the index, the first of all that nobody else is about to claim. A row that
 * another transaction holds is passed over; one that changed since it was found is looked at again under its lock.
 */
const claimNext = `
create function claim_next(p_version integer, p_now bigint, p_owner text, p_milliseconds bigint, p_entry_points text[], p_except bytea[])
returns table (${claimColumns})
language plpgsql ${keepPlans} as $$
#variable_conflict use_column
declare
  v_now bigint := coalesce(p_now, store_now());
  v_candidate record;
begin
  perform assert_version(p_version);
  for v_candidate in
    select c.run_no from (select distinct unnest(p_entry_points)) as e (entry_point)
    cross join lateral (
      select r.run_no, r.claimable_at from runs r
      where r.entry_point = e.entry_point and r.claimable_at <= v_now and not (r.spec_ref = any (p_except))
      order by r.claimable_at, r.run_no limit 32
    ) as c
    order by c.claimable_at, c.run_no
  loop
    return query update runs r set ${claim}
    where r.run_no = (
      select held.run_no from runs held where held.run_no = v_candidate.run_no and held.claimable_at <= v_now for update skip locked
    )
    returning ${claimed};
    if found then return; end if;
  end loop;
end
$$;
`;

export const functions1 = [store, append, claimOne, claimNext].join("\n");
