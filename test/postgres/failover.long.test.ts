import { join } from "node:path";
import { test } from "node:test";
import { debianPrograms, withoutDebian } from "./debian.ts";
import { type MakeStandby, copyStandby, failOver, startPair } from "./failover.ts";
import { newServer } from "./servers.ts";

const size = { runs: 200, endedBefore: 60 };

test("a failover under two workers with 200 runs: nothing acknowledged is lost, and every run ends", { timeout: 600_000 }, async () => {
  const primary = newServer();
  await failOver(size, primary, await startPair(primary, copyStandby));
});

test("the same with Debian's PostgreSQL and a standby made by pg_basebackup", { skip: withoutDebian, timeout: 600_000 }, async () => {
  const programs = debianPrograms() ?? "";
  const baseBackup: MakeStandby = async (primary, name) => {
    const standby = newServer({ programs });
    const from = `host=${primary.folder} user=postgres application_name=${name}`;
    await standby.run(
      join(programs, "pg_basebackup"),
      "--pgdata",
      standby.data,
      "--write-recovery-conf",
      "--checkpoint=fast",
      "--dbname",
      from,
    );
    return standby;
  };
  const primary = newServer({ programs });
  await failOver(size, primary, await startPair(primary, baseBackup));
});
