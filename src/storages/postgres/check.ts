/**
 * Everything about the store that can be seen without knowing what events mean: digests, chains, rows that contradict their stream,
 * references without artifact and artifacts without reference. One snapshot for all of it, read in parts; what was referenced is kept in a
 * temporary table. The pages of tables and indexes are the server's to check (`amcheck`, `data_checksums`).
 */
import type pg from "pg";
import type { Digest } from "../../kernel/canonical.ts";
import type { Problem } from "../../kernel/store.ts";
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
  for (let after = 0; ;) {
    const { rows } = await client.query<CheckedRun>(
      `select ${checkedRunColumns} from runs where run_no > $1 order by run_no limit ${runsAtOnce}`,
      [after],
    );
    for (const row of rows) await checkStream(client, row, report);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.run_no;
  }
}

async function checkStream(client: pg.Client, row: CheckedRun, report: Report): Promise<void> {
  const references = new Map<Digest, string>();
  const stream = new StreamCheck(row, { report, note: (digest, event) => void references.set(digest, event) });
  for (let from = 0; ;) {
    const { rows } = await client.query<CheckedEvent>(
      `select event_no as commit_order, seq, digest, body from events where run_no = $1 and seq >= $2 order by seq limit ${eventsAtOnce}`,
      [row.run_no, from],
    );
    for (const event of rows) stream.event(event);
    const last = rows.at(-1);
    if (last === undefined || rows.length < eventsAtOnce) break;
    from = last.seq + 1;
  }
  stream.end();
  await client.query("insert into referenced select * from unnest($1::bytea[], $2::text[]) on conflict do nothing", [
    [...references.keys()].map(bytesOf),
    [...references.values()],
  ]);
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
