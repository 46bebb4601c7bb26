/** What is read of effects and lanes; they are written by an append (functions2.ts). */
import type { EffectFilter, Lane, ListedEffect } from "../../kernel/lanes.ts";
import { type EffectRecord, type PlacedRecord, effectColumns, laneOf, listedEffect, placeColumns } from "../effect-rows.ts";
import type { Database } from "./database.ts";
import { Filters } from "./filters.ts";

const laneText = `
select l.seq, l.next, (select count(*) from effects q where q.lane = l.lane and q.place = 'queued') as queued, ${placeColumns}
from lanes l left join lateral (
  (select q.* from effects q where q.lane = l.lane and q.place = 'queued' order by q.ticket limit $2)
  union all select t.* from effects t where t.lane = l.lane and t.place in ('held', 'open')
) as e on true left join runs r on r.run_no = e.run_no where l.lane = $1`;

export async function readLane(database: Database, lane: string, queued: number): Promise<Lane | undefined> {
  return laneOf(lane, await database.read<PlacedRecord & { [name: string]: unknown }>("read_lane", laneText, [lane, queued]));
}

export async function listLanes(database: Database): Promise<string[]> {
  return (await database.read<{ readonly lane: string }>("list_lanes", "select lane from lanes", [])).map(({ lane }) => lane).toSorted();
}

export async function listEffects(database: Database, filter: EffectFilter): Promise<ListedEffect[]> {
  const { runId, lane, is, identity, before, limit } = filter;
  // PostgreSQL knows no text with this character; no identity and no lane has it.
  if (identity?.includes("\0") === true || lane?.includes("\0") === true) return [];
  const filters = new Filters();
  filters.where("run", runId, "e.run_no = (select run_no from runs where run_id = ?)");
  filters.prefix("identity", identity, "e.identity");
  filters.where("lane", lane, "e.lane = ?");
  filters.where("state", is, "e.state = ?");
  filters.where("before", before, "e.effect_no < ?");
  const text = `select ${effectColumns} from effects e join runs r on r.run_no = e.run_no ${filters.rest("e.effect_no desc", limit)}`;
  const rows = await database.read<EffectRecord & { [name: string]: unknown }>(filters.name("list_effects"), text, filters.values);
  return rows.map(listedEffect);
}
