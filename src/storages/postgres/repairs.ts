/** Rows that are written anew because they are not what the streams say. Each is a transaction of its own, over a connection of its own. */
import type { Client } from "pg";
import type { Digest } from "../../kernel/canonical.ts";
import { type Run, hasEnded } from "../../kernel/run.ts";
import type { EffectRow, LaneRepair } from "../../kernel/lanes.ts";
import { bytesOf, digestFrom } from "../rows.ts";
import { effectOf } from "./append.ts";

export interface RunRepair {
  readonly run: Run;
  readonly effects: readonly EffectRow[];
  readonly wake: boolean;
}

/** Null: the server's clock. */
export async function repairRun(client: Client, { run, effects, wake }: RunRepair, now: number | null): Promise<boolean> {
  await client.query("begin");
  const known = await client.query<{ lane: string }>(
    "select distinct lane from effects where run_no = (select run_no from runs where run_id = $1) and lane is not null",
    [run.runId],
  );
  await lockLanes(
    client,
    [...known.rows, ...effects].flatMap(({ lane }) => (lane === null ? [] : [lane])),
  );
  const isEnded = hasEnded(run.status);
  const { rows } = await client.query<{ run_no: number; now: number }>(
    `update runs set run = $3, status = $4, ended = $5,
       wake_at = case when not $5 then wake_at end, lease_owner = case when not $5 then lease_owner end,
       lease_expires = case when not $5 then lease_expires end,
       poked_at = case when not $5 then case when $6 then coalesce(poked_at, $7, store_now()) else poked_at end end
     where run_id = $1 and head_digest = $2 returning run_no, coalesce($7, store_now()) as now`,
    [run.runId, bytesOf(run.head.digest), JSON.stringify(run), run.status, isEnded, wake, now],
  );
  const [row] = rows;
  if (row !== undefined) {
    const kept = effects.map(({ effect }) => bytesOf(effect));
    await client.query("delete from effects where run_no = $1 and not (digest = any ($2))", [row.run_no, kept]);
    await client.query("select write_effects($1, $2, $3, null)", [row.now, row.run_no, JSON.stringify(effects.map(effectOf))]);
  }
  await client.query("commit");
  return row !== undefined;
}

export async function repairLane(client: Client, { lane, seq, next, queue }: LaneRepair): Promise<boolean> {
  await client.query("begin");
  await lockLanes(client, [lane]);
  const { rows } = await client.query<{ digest: Uint8Array }>("select digest from effects where lane = $1 and place = 'queued'", [lane]);
  const found = new Set(rows.map(({ digest }): Digest => digestFrom(digest)));
  const isSame = found.size === queue.length && queue.every((effect) => found.delete(effect));
  if (isSame) {
    await client.query(
      "update effects e set ticket = q.turn from unnest($1::bytea[]) with ordinality as q (digest, turn) where e.digest = q.digest",
      [queue.map(bytesOf)],
    );
    await client.query(
      "insert into lanes (lane, seq, next) values ($1, $2, $3) on conflict (lane) do update set seq = excluded.seq, next = excluded.next",
      [lane, seq, next],
    );
  }
  await client.query("commit");
  return isSame;
}

async function lockLanes(client: Client, lanes: readonly string[]): Promise<void> {
  await client.query("select lock_lanes($1::jsonb[])", [[JSON.stringify(lanes.map((lane) => ({ lane })))]]);
}
