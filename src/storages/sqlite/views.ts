/** What may be read of a store with plain SQL, by anybody and for good: views over tables that change. docs/operating.md lists their columns. */

const digest = (column: string): string => `'sha256:' || lower(hex(${column}))`;

export const views = `
create view mfm_runs as
select r.run_id, r.entry_point, r.status, ${digest("r.spec_ref")} as spec, ${digest("r.config_digest")} as config, r.parent,
  r.head_seq, ${digest("r.head_digest")} as head_digest,
  json_extract(r.run, '$.steps.done') as steps_done, json_extract(r.run, '$.steps.total') as steps_total,
  json_extract(r.run, '$.startedAt') as started_at, json_extract(r.run, '$.updatedAt') as updated_at,
  r.claimable_at as due_ms, r.lease_owner, r.lease_expires as lease_expires_ms, r.run_no as number
from runs r;

create view mfm_events as
select r.run_id, e.seq, json_extract(e.body, '$.type') as type, json_extract(e.body, '$.data.step') as step,
  json_extract(e.body, '$.at') as at, ${digest("e.digest")} as digest, json_extract(e.body, '$.prev') as prev, e.body -> '$.data' as data
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
select r.run_id, e.seq, json_extract(e.body, '$.data.step') as step, f.value ->> '$.need' as need, f.value ->> '$.method' as method,
  f.value ->> '$.request' as request, f.value ->> '$.occurrence' as occurrence, f.value ->> '$.fact' as fact
from events e join runs r on r.run_no = e.run_no join json_each(e.body, '$.data.facts') f;
`;
