/**
 * A PostgreSQL store URL, read into what to connect with and what may be shown. The form is libpq's connection URI.
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import type { ClientConfig } from "pg";
import { MfmError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";

/** What may stand behind the question mark. */
export const parameters = ["schema", "host", "port", "application_name", "sslmode", "sslrootcert", "sslcert", "sslkey"] as const;
type Parameter = (typeof parameters)[number];
type Parameters = { readonly [name in Parameter]?: string };

const defaultSchema = "mfm";
/** Also the name of what is notified, so it is kept short; lower case, so that it reads the same quoted and not. */
const schemaPattern = /^[a-z_][a-z0-9_]{0,39}$/;

/** Password and parameters stay inside: whatever prints this object prints `shown`. */
export class PostgresAddress {
  readonly schema: string;
  /** Host, port, database and schema, as a URL. */
  readonly shown: string;
  readonly #login: ClientConfig;
  readonly #tls: () => ConnectionOptions | false;

  constructor(parts: {
    readonly schema: string;
    readonly shown: string;
    readonly login: ClientConfig;
    readonly tls: () => ConnectionOptions | false;
  }) {
    this.schema = parts.schema;
    this.shown = parts.shown;
    this.#login = parts.login;
    this.#tls = parts.tls;
  }

  /** What `pg` connects with. What is not in the URL comes from libpq's variables and `~/.pgpass`. @throws STORE_UNAVAILABLE when a certificate's file cannot be read */
  login(): ClientConfig {
    return { ...this.#login, ssl: this.#tls() };
  }
}

/** @throws STORE_URL_INVALID, without repeating the URL; with the name of a parameter that is not known, in `details.parameter` */
export function parsePostgresUrl(written: string): PostgresAddress {
  const url = parse(written);
  const given = readParameters(url.searchParams, written);
  const host = given.host ?? readHost(url);
  const port = readPort(given.port ?? url.port);
  const database = decode(url.pathname.slice(1), "database");
  const schema = given.schema ?? defaultSchema;
  if (host.includes(",")) throw refuse("name one host: after a failover its name, or a proxy, must lead to the new primary");
  if (database.includes("/")) throw refuse("a database's name cannot hold a slash");
  if (!schemaPattern.test(schema)) throw refuse("a schema's name is up to 40 lower-case letters, digits and _");
  const user = decode(url.username, "user");
  const password = decode(url.password, "password");
  const login: ClientConfig = {
    ...(host === "" ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(database === "" ? {} : { database }),
    ...(user === "" ? {} : { user }),
    ...(password === "" ? {} : { password }),
    application_name: given.application_name ?? "mfm",
  };
  return new PostgresAddress({ schema, login, shown: show({ host, port, database, schema }), tls: readTls(given, host) });
}

function refuse(reason: string, details: { readonly [name: string]: Json } = {}): MfmError {
  return new MfmError("STORE_URL_INVALID", reason, details);
}

const absentHost = "absent.invalid";

/** Of the last part of the authority, whatever it is; brackets are around an IPv6 address. */
const writtenPort = /^[a-z]+:\/\/(?:[^/?#]*@)?(?:\[[^\]/?#@]*\]|[^/?#@:[\]]*):([^/?#@:[\]]*)(?:[/?#][^@]*)?$/i;

/** A colon, and later an @ behind the slash that ended the authority: a password's own slash, and its other half would be read as the database. */
const brokenPassword = /^[a-z]+:\/\/(?=[^?]*:[^?]*@)[^/?#]*[/#][^?]*@/i;

/** `URL` wants a host behind a user; libpq does not: it is then a parameter, a variable or the default. */
function parse(written: string): URL {
  if (!/^[a-z]+:\/\//i.test(written)) throw refuse("the PostgreSQL URL is to begin with postgres://, two slashes");
  if (brokenPassword.test(written))
    throw refuse("in the PostgreSQL URL, write a / of the password as %2F, and an @ of the database's name as %40");
  readPort(writtenPort.exec(written)?.[1] ?? "");
  try {
    return new URL(written.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=[/?#]|$)/i, `$1${absentHost}`));
  } catch {
    throw refuse(
      "the PostgreSQL URL cannot be read: it is to be a connection URI as libpq takes it, with what is special in a password as %XX",
    );
  }
}

function readHost(url: URL): string {
  return url.hostname === absentHost ? "" : decode(url.hostname.replace(/^\[(.*)\]$/, "$1"), "host");
}

function decode(part: string, what: string): string {
  try {
    const text = decodeURIComponent(part);
    if (!text.includes("\0")) return text;
  } catch {
    // Refused below, in the same words.
  }
  throw refuse(`the ${what} in the PostgreSQL URL is not well encoded`);
}

function readParameters(search: URLSearchParams, written: string): Parameters {
  for (const name of search.keys()) {
    if ((parameters as readonly string[]).includes(name)) continue;
    const words = `that MFM does not know (known: ${parameters.join(", ")})`;
    // It may be the tail of a password with an unencoded question mark: then it is not repeated.
    if (!/^[a-z_]{1,40}$/i.test(name) || /\?.*@/s.test(written)) throw refuse(`the PostgreSQL URL has a parameter ${words}`);
    throw refuse(`the PostgreSQL URL has a parameter ${name} ${words}`, { parameter: name });
  }
  return Object.fromEntries(search);
}

function readPort(written: string): number | undefined {
  if (written === "") return undefined;
  const port = Number(written);
  if (!/^\d{1,5}$/.test(written) || port < 1 || port > 65_535)
    throw refuse("the port in the PostgreSQL URL is to be a number from 1 to 65535");
  return port;
}

/** On this machine nobody listens in between; anywhere else, plain text must be asked for. There is no mode that falls back to it. */
function readTls(given: Parameters, host: string): () => ConnectionOptions | false {
  const mode = given.sslmode ?? (isLocal(host) ? "disable" : "verify-full");
  const files = { ca: given.sslrootcert, cert: given.sslcert, key: given.sslkey };
  switch (mode) {
    case "disable":
      return () => false;
    case "require":
    case "verify-full":
      return () => ({ rejectUnauthorized: true, ...readFiles(files) });
    case "no-verify":
      return () => ({ rejectUnauthorized: false, ...readFiles(files) });
    default:
      throw refuse("sslmode is disable, require, verify-full (the two are the same: certificate and host name are verified) or no-verify");
  }
}

function readFiles(files: { readonly [name: string]: string | undefined }): ConnectionOptions {
  const read = Object.entries(files).flatMap(([name, path]) => {
    if (path === undefined) return [];
    try {
      return [[name, readFileSync(path, "utf8")] as const];
    } catch (error) {
      throw new MfmError("STORE_UNAVAILABLE", `a TLS file of the PostgreSQL URL cannot be read: ${path}`, { path }, error);
    }
  });
  return Object.fromEntries(read);
}

/** Without a host, libpq's variables decide; it counts as local only where they say nothing. */
function isLocal(host: string): boolean {
  const decided = host === "" ? (process.env["PGHOST"] ?? "") : host;
  return decided === "" || decided.startsWith("/") || decided === "localhost" || decided === "::1" || decided.startsWith("127.");
}

function show({ host, port, database, schema }: { readonly [name: string]: string | number | undefined }): string {
  const at = host === "" ? "localhost" : String(host);
  const place = at.startsWith("/")
    ? `/${String(database)}?host=${at}&`
    : `${at.includes(":") ? `[${at}]` : at}${port === undefined ? "" : `:${port}`}/${String(database)}?`;
  return `postgres://${place}schema=${String(schema)}`;
}
