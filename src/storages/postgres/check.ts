/**
 * Everything about the store that can be seen without knowing what events mean: digests, chains, rows that contradict their stream,
 * references without artifact and artifacts without reference. One snapshot for all of it, read in parts; what was referenced is kept in a
 * temporary table. The pages of tables and indexes are the server's to check (`amcheck`, `data_checksums`).
 */
import type pg from "pg";
import type { Digest } from "../../kernel/canonical.ts";
import type { Problem } from "../../kernel/store.ts";
import { type CheckedEffect, type CheckedLane, EffectCheck, LaneCheck, checkedEffectColumns } from "../effect-check.ts";
import { bytesOf, digestFrom } from "../rows.ts";
import { type CheckedEvent, type CheckedRun, type Report, StreamCheck, checkedRunColumns, reportInto } from "../stream-check.ts";

const runsAtOnce = 500;
const eventsAtOnce = 1000;

export async function checkStore(client: pg.Client): Promise<Problem[]> {
  const problems: Problem[] = [];
  const report = reportInto(problems);
  await client.query("begin isolation level repeatable read");
  await client.query("create temporary table referenced (digest bytea primary key, event text not null) on commit drop");
  await checkStreams(client, report);
  await checkArtifacts(client, report);
  await checkSnapshots(client, report);
  await client.query("rollback");
  return problems;
}

async function checkStreams(client: pg.Client, report: Report): Promise<void> {
  const lanes = new LaneCheck();
  for (let after = 0; ;) {
    const { rows } = await client.query<RunWithEffects>(
      `select ${checkedRunColumns}, exists (select from effects e where e.run_no = runs.run_no) as has_effects
       from runs where run_no > $1 order by run_no limit ${runsAtOnce}`,
      [after],
    );
    for (const row of rows) await checkStream(client, row, { report, lanes });
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.run_no;
  }
  lanes.end((await client.query<CheckedLane>("select lane, seq, next from lanes")).rows, report);
}

type RunWithEffects = CheckedRun & { readonly has_effects: boolean };

async function checkStream(
  client: pg.Client,
  row: RunWithEffects,
  { report, lanes }: { readonly report: Report; readonly lanes: LaneCheck },
): Promise<void> {
  const references = new Map<Digest, string>();
  const stream = new StreamCheck(row, { report, note: (digest, event) => void references.set(digest, event) });
  const spec = row.has_effects ? await readText(client, row.spec_ref) : undefined;
  const effects = new EffectCheck(row.run_id, report, { lanes, spec });
  for (let from = 0; ;) {
    const { rows } = await client.query<CheckedEvent>(
      `select event_no as commit_order, seq, digest, body from events where run_no = $1 and seq >= $2 order by seq limit ${eventsAtOnce}`,
      [row.run_no, from],
    );
    for (const event of rows) {
      stream.event(event);
      effects.event(event.body, event.commit_order);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < eventsAtOnce) break;
    from = last.seq + 1;
  }
  stream.end();
  effects.end(row.has_effects || effects.hasEffects ? await effectsOf(client, row.run_no) : []);
  await client.query("insert into referenced select * from unnest($1::bytea[], $2::text[]) on conflict do nothing", [
    [...references.keys()].map(bytesOf),
    [...references.values()],
  ]);
}

async function readText(client: pg.Client, digest: Uint8Array): Promise<string | undefined> {
  const { rows } = await client.query<{ readonly body: Uint8Array }>("select body from artifacts where digest = $1", [digest]);
  const [found] = rows;
  return found === undefined ? undefined : Buffer.from(found.body).toString("utf8");
}

async function effectsOf(client: pg.Client, runNo: number): Promise<CheckedEffect[]> {
  return (await client.query<CheckedEffect>(`select ${checkedEffectColumns} from effects where run_no = $1`, [runNo])).rows;
}

/** The server computes the digests, so that no artifact has to travel. */
async function checkArtifacts(client: pg.Client, report: Report): Promise<void> {
  const digests = async (text: string): Promise<Digest[]> =>
    (await client.query<{ digest: Uint8Array }>(text)).rows.map(({ digest }) => digestFrom(digest));
  for (const digest of await digests("select digest from artifacts where sha256(body) <> digest"))
    report(digest, "its bytes have another digest");
  for (const digest of await digests(
    "select digest from artifacts a where not exists (select from referenced r where r.digest = a.digest)",
  ))
    report(digest, "an artifact that no event refers to");
  const { rows } = await client.query<{ digest: Uint8Array; event: string }>(
    "select digest, event from referenced r where not exists (select from artifacts a where a.digest = r.digest)",
  );
  for (const { digest, event } of rows) report(event, `refers to ${digestFrom(digest)}, which is missing`);
}

async function checkSnapshots(client: pg.Client, report: Report): Promise<void> {
  const { rows } = await client.query<{ run_no: number; sound: boolean; known: boolean }>(
    `select run_no, sha256(body) = digest as sound,
       exists (select from events e where e.run_no = s.run_no and e.seq = s.seq and e.digest = s.head_digest) as known
     from snapshots s`,
  );
  for (const { run_no, sound, known } of rows) {
    if (!sound) report(`snapshot of run ${run_no}`, "its bytes have another digest");
    if (!known) report(`snapshot of run ${run_no}`, "is at a head that its run does not have");
  }
}
