/**
 * Stores with many runs: a few are made as runs are, and then multiplied by the database itself, row by row, with ids and digests of their
 * own. Whatever columns the tables have, they are copied.
 */
import { photostructure } from "../src/storages/sqlite/driver.ts";
import { Session } from "../src/storages/sqlite/session.ts";
import { connect } from "../src/storages/postgres/connection.ts";
import { parsePostgresUrl } from "../src/storages/postgres/address.ts";

/** Appends all runs of the store `times` times more, with their events, and an artifact each. */
export type Multiply = (times: number) => Promise<void>;

/** The run's own document names it too. */
function copied(column: string, from: string): string {
  if (column === "run_id") return `${from}.new_id`;
  return column === "run" ? `replace(${from}.run, ${from}.run_id, ${from}.new_id)` : `${from}.${column}`;
}

export function multiplySqlite(path: string): Multiply {
  return async (times) => {
    const session = new Session(photostructure.open(path, "readWrite"));
    const columnsOf = (table: string): string[] =>
      session.all<{ readonly name: string }>(`pragma table_info(${table})`).map(({ name }) => name);
    const all = `(with recursive n (i) as (values (1) union all select i + 1 from n where i < ${times}) select i from n)`;
    session.exec("begin immediate");
    const runs = columnsOf("runs").filter((name) => name !== "run_no");
    const { most } = session.get<{ readonly most: number }>("select max(run_no) as most from runs") ?? { most: 0 };
    const run = runs.map((name) => copied(name, "r"));
    // The offset keeps SQLite from making up an id wherever one is used.
    const named = `(select runs.*, n.i, 'run:' || lower(hex(randomblob(32))) as new_id from ${all} n cross join runs limit -1 offset 0)`;
    session.exec(
      `insert into runs (run_no, ${runs.join(", ")}) select r.run_no + r.i * ${most}, ${run.join(", ")} from ${named} r order by 1`,
    );
    const events = columnsOf("events").filter((name) => name !== "commit_order");
    const event = events.map((name) =>
      name === "run_no" ? `e.run_no + n.i * ${most}` : name === "digest" ? "randomblob(32)" : `e.${name}`,
    );
    session.exec(
      `insert into events (${events.join(", ")}) select ${event.join(", ")} from ${all} n cross join events e order by n.i, e.run_no, e.seq`,
    );
    session.exec(
      `insert into artifacts (digest, body) select randomblob(32), a.body from (select body from artifacts limit ${most}) a cross join ${all} n`,
    );
    session.exec("commit");
    session.close();
  };
}

export function multiplyPostgres(url: string): Multiply {
  return async (times) => {
    const client = await connect(parsePostgresUrl(url), "care");
    const columnsOf = async (table: string): Promise<string[]> => {
      const { rows } = await client.query<{ readonly name: string }>(
        "select column_name as name from information_schema.columns where table_schema = 'mfm' and table_name = $1 and is_generated = 'NEVER' order by ordinal_position",
        [table],
      );
      return rows.map(({ name }) => name);
    };
    const { rows } = await client.query<{ readonly most: number }>("select max(run_no) as most from runs");
    const most = rows[0]?.most ?? 0;
    const all = `generate_series(1, ${times}) n (i)`;
    const runs = await columnsOf("runs");
    const run = runs.map((name) => (name === "run_no" ? `r.run_no + r.i * ${most}` : copied(name, "r")));
    const named = `(select runs.*, n.i, 'run:' || encode(sha256(convert_to(n.i || run_id, 'UTF8')), 'hex') as new_id from ${all} cross join runs)`;
    await client.query(`insert into runs (${runs.join(", ")}) overriding system value select ${run.join(", ")} from ${named} r order by 1`);
    await client.query(`select setval(pg_get_serial_sequence('runs', 'run_no'), (select max(run_no) from runs))`);
    const events = (await columnsOf("events")).filter((name) => !["event_no", "epoch", "tx"].includes(name));
    const event = events.map((name) =>
      name === "run_no"
        ? `e.run_no + n.i * ${most}`
        : name === "digest"
          ? "sha256(convert_to(n.i || e.digest::text, 'UTF8'))"
          : `e.${name}`,
    );
    await client.query(
      `insert into events (${events.join(", ")}) select ${event.join(", ")} from ${all} cross join (select * from events) e`,
    );
    await client.query(
      `insert into artifacts (digest, body) select sha256(convert_to(n.i || a.digest::text, 'UTF8')), a.body from (select * from artifacts limit ${most}) a cross join ${all}`,
    );
    await client.end();
  };
}
