/** Where the store is: a URL from a flag, the environment, the file or the default, read into a place. */
import { join, resolve } from "node:path";
import { MfmError } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import { type PostgresAddress, parameters, parsePostgresUrl } from "../storages/postgres/address.ts";
import type { ConfigFile } from "./config-file.ts";
import { failure } from "./failure.ts";
import { dataFolder, expandHome } from "./folders.ts";
import { type Place, readVariable } from "./place.ts";
import { hasPassword } from "./redact.ts";
import { didYouMean, suggest } from "./suggest.ts";

export type StoreSource = "flag" | "environment" | "file" | "default";

export type StoreLocation =
  | {
      readonly kind: "sqlite";
      /** Absolute. */
      readonly path: string;
      /** What said so. */
      readonly source: StoreSource;
    }
  | { readonly kind: "postgres"; readonly address: PostgresAddress; readonly source: StoreSource };

/** As a URL that may be shown: without user, password or parameters of the connection. */
export function showStore(location: StoreLocation): string {
  return location.kind === "sqlite" ? `sqlite:${location.path}` : location.address.shown;
}

/** The same in the fewest words: a file by its path. */
export function nameStore(location: StoreLocation): string {
  return location.kind === "sqlite" ? location.path : location.address.shown;
}

/** The flag wins over MFM_STORE_URL, that over the file, that over the default. @throws STORE_URL_INVALID, or CONFIG_INVALID where the file says it */
export function locateStore(place: Place, file: ConfigFile | undefined): StoreLocation {
  if (place.storeUrl !== undefined) return parseStoreUrl(place.storeUrl, place, "flag");
  const variable = readVariable(place, "MFM_STORE_URL");
  if (variable !== undefined) return parseStoreUrl(variable, place, "environment");
  if (file?.storeUrl !== undefined) return locateByFile(file, file.storeUrl, place);
  return { kind: "sqlite", path: join(dataFolder(place), "store.db"), source: "default" };
}

function locateByFile(file: ConfigFile, written: string | { readonly env: string }, place: Place): StoreLocation {
  const url = typeof written === "string" ? written : readVariable(place, written.env);
  if (url === undefined) {
    const name = typeof written === "string" ? "" : written.env;
    throw failure("CONFIG_INVALID", `${file.path}: store.url: the environment variable ${name} is not set`, {
      file: file.path,
      path: "store.url",
      variable: name,
    });
  }
  try {
    return parseStoreUrl(url, { ...place, folder: resolve(file.path, "..") }, "file");
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    throw failure("CONFIG_INVALID", `${file.path}: store.url: ${reason}`, { file: file.path, path: "store.url", reason });
  }
}

function parseStoreUrl(given: string, place: Place, source: StoreSource): StoreLocation {
  const refuse: Refuse = (reason, details = {}) => {
    throw failure("STORE_URL_INVALID", reason, { source, ...details });
  };
  const url = given.trimStart();
  const [, scheme, rest = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(url) ?? [];
  if (scheme !== undefined && /^postgres(?:ql)?$/i.test(scheme)) return { kind: "postgres", address: readAddress(url, refuse), source };
  if (scheme?.toLowerCase() === "sqlite")
    return { kind: "sqlite", path: resolve(place.folder, expandHome(readPath(rest, refuse))), source };
  // What is before the colon is then a user, or half of a password.
  if (hasPassword(url) && !rest.startsWith("//"))
    return refuse("a user and a password, but no kind of store: PostgreSQL's begins with postgres://");
  if (scheme !== undefined) return refuse(`there is no store of kind ${scheme} in this version`);
  return refuse(`${JSON.stringify(url)} names no kind of store: for a file, write sqlite:${url}`);
}

type Refuse = (reason: string, details?: { readonly [name: string]: Json }) => never;

/** Of a URL of SQLite, what is behind the colon. What may hold a password is refused, for a path is shown. */
function readPath(rest: string, refuse: Refuse): string {
  if (/^\s*postgres(?:ql)?:/i.test(rest)) return refuse("a PostgreSQL store's URL begins with postgres: leave out the sqlite: before it");
  if (hasPassword(rest)) return refuse("the path of a SQLite store looks like user:password@: as paths are shown, it is refused");
  // sqlite:///absolute/path is what many tools write.
  const path = rest.startsWith("///") ? rest.slice(2) : rest;
  if (path === "" || path.startsWith("//")) return refuse(`${JSON.stringify(`sqlite:${rest}`)} names no file`);
  if (path === ":memory:") return refuse("a store in memory would forget every run when the command ends: name a file");
  if (path.includes("\0")) return refuse("a path cannot hold a NUL character");
  return path;
}

function readAddress(url: string, refuse: Refuse): PostgresAddress {
  try {
    return parsePostgresUrl(url);
  } catch (error) {
    // Its words do not repeat the URL.
    if (!(error instanceof MfmError)) throw error;
    const { parameter } = error.details;
    if (typeof parameter !== "string") return refuse(error.message);
    const near = suggest(parameter, parameters);
    return refuse(`${error.message}${didYouMean(parameter, parameters)}`, { parameter, suggestion: near ?? null });
  }
}
