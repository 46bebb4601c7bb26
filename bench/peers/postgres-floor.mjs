/** What PostgreSQL itself allows: a step as one committed row of about 300 bytes chained by SHA-256, and nothing else. */
import { createHash } from "node:crypto";
import pg from "pg";
import { AT_ONCE, drive, percentile, round, stepResult, STEPS } from "./workload.mjs";

const BODY_BYTES = 200;

/** @param {{ url: string, counts: import("./workload.mjs").Counts }} task as many rows as the workflows have steps */
export async function measure({ url, counts }) {
  const pool = new pg.Pool({ connectionString: url, max: AT_ONCE });
  await pool.query(
    "CREATE TABLE floor (lane int, seq int, hash bytea NOT NULL, body text NOT NULL, PRIMARY KEY (lane, seq))",
  );
  const clients = await Promise.all(Array.from({ length: AT_ONCE }, () => pool.connect()));
  const commits = clients.map((client, lane) => committer(client, lane));
  const commit = (lane) => commits[lane]();

  await drive(commit, AT_ONCE * STEPS, AT_ONCE);
  const one = await drive(commit, counts.sequential * STEPS, 1);
  const many = await drive(commit, counts.concurrent * STEPS, AT_ONCE);
  for (const client of clients) client.release();
  await pool.end();
  return {
    sequential: {
      commitsPerSecond: round(one.perSecond),
      p50Ms: round(percentile(one.durations, 0.5)),
      p99Ms: round(percentile(one.durations, 0.99)),
    },
    concurrent: {
      connections: AT_ONCE,
      commitsPerSecond: round(many.perSecond),
      p50Ms: round(percentile(many.durations, 0.5)),
    },
  };
}

function committer(client, lane) {
  const text = "INSERT INTO floor (lane, seq, hash, body) VALUES ($1, $2, $3, $4)";
  let seq = 0;
  let hash = Buffer.alloc(32);
  return async () => {
    const body = JSON.stringify(stepResult(lane, seq)).padEnd(BODY_BYTES);
    hash = createHash("sha256").update(hash).update(body).digest();
    await client.query({ name: "append", text, values: [lane, seq++, hash, body] });
  };
}
