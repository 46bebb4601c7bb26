/** What may be read of a store with plain SQL, for good: views over tables that change, the same as in SQLite. docs/operating.md lists their columns. */

const digest = (column: string): string => `'sha256:' || encode(${column}, 'hex')`;

export const viewNames: readonly string[] = ["mfm_runs", "mfm_events", "mfm_effects", "mfm_lanes", "mfm_facts"];

export const views = `
create view mfm_runs as
select r.run_id, r.entry_point, r.status, ${digest("r.spec_ref")} as spec, ${digest("r.config_digest")} as config, r.parent,
  r.head_seq, ${digest("r.head_digest")} as head_digest,
  (r.run::json #>> '{steps,done}')::bigint as steps_done, (r.run::json #>> '{steps,total}')::bigint as steps_total,
  r.run::json ->> 'startedAt' as started_at, r.run::json ->> 'updatedAt' as updated_at,
  r.claimable_at as due_ms, r.lease_owner, r.lease_expires as lease_expires_ms, r.run_no as number
from runs r;

create view mfm_events as
select r.run_id, e.seq, e.body::json ->> 'type' as type, e.body::json #>> '{data,step}' as step,
  e.body::json ->> 'at' as at, ${digest("e.digest")} as digest, e.body::json ->> 'prev' as prev, (e.body::json -> 'data')::text as data
from events e join runs r on r.run_no = e.run_no;

create view mfm_effects as
select ${digest("e.digest")} as effect, r.run_id, e.step, e.kind, e.state, e.outcome, e.candidates, e.identity, e.lane, e.slot, e.place,
  e.effect_no as number
from effects e join runs r on r.run_no = e.run_no;

create view mfm_lanes as
select l.lane, l.seq as slots_given, l.next,
  (select count(*) from effects e where e.lane = l.lane and e.place = 'held') as held,
  (select count(*) from effects e where e.lane = l.lane and e.place = 'open') as open,
  (select count(*) from effects e where e.lane = l.lane and e.place = 'queued') as queued
from lanes l;

create view mfm_facts as
select r.run_id, e.seq, e.body::json #>> '{data,step}' as step, f.value ->> 'need' as need, f.value ->> 'method' as method,
  f.value ->> 'request' as request, (f.value ->> 'occurrence')::bigint as occurrence, f.value ->> 'fact' as fact
from events e join runs r on r.run_no = e.run_no cross join lateral json_array_elements(e.body::json #> '{data,facts}') as f (value);
`;
