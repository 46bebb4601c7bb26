/** PostgreSQL as Debian packages it: the programs that the npm binaries lack (`pg_dump`, `pg_basebackup`), and a server of another version. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const root = "/usr/lib/postgresql";

/** The folder of the newest one's programs; undefined where none is installed (`apt-get install postgresql`). */
export function debianPrograms(): string | undefined {
  const versions = existsSync(root)
    ? readdirSync(root)
        .map(Number)
        .filter(Number.isInteger)
        .toSorted((one, other) => other - one)
    : [];
  return versions.map((version) => join(root, String(version), "bin")).find((folder) => existsSync(join(folder, "pg_basebackup")));
}

/** For tests that need it: run where it is, and skipped with this reason elsewhere. */
export const withoutDebian = debianPrograms() === undefined && "needs Debian's PostgreSQL: apt-get install postgresql";
