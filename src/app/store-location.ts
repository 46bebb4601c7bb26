/** Where the store is: a URL from a flag, the environment, the file or the default, read into a place. */
import { join, resolve } from "node:path";
import { type PostgresAddress, parsePostgresUrl } from "../storages/postgres/address.ts";
import type { ConfigFile } from "./config-file.ts";
import { failure } from "./failure.ts";
import { dataFolder, expandHome } from "./folders.ts";
import { type Place, readVariable } from "./place.ts";
import { redact } from "./redact.ts";

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

function parseStoreUrl(url: string, place: Place, source: StoreSource): StoreLocation {
  const refuse = (reason: string): never => {
    throw failure("STORE_URL_INVALID", reason, { source });
  };
  const [, scheme, rest = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(url) ?? [];
  if (scheme === undefined) return refuse(`${JSON.stringify(url)} names no kind of store: for a file, write sqlite:${url}`);
  if (/^postgres(?:ql)?$/i.test(scheme)) return { kind: "postgres", address: readAddress(url, refuse), source };
  if (scheme.toLowerCase() !== "sqlite")
    return refuse(`${JSON.stringify(redact(url))}: there is no store of kind ${scheme} in this version`);
  // sqlite:///absolute/path is what many tools write.
  const written = rest.startsWith("///") ? rest.slice(2) : rest;
  if (written === "" || written.startsWith("//")) return refuse(`${JSON.stringify(url)} names no file`);
  if (written === ":memory:") return refuse("a store in memory would forget every run when the command ends: name a file");
  if (written.includes("\0")) return refuse("a path cannot hold a NUL character");
  return { kind: "sqlite", path: resolve(place.folder, expandHome(written)), source };
}

function readAddress(url: string, refuse: (reason: string) => never): PostgresAddress {
  try {
    return parsePostgresUrl(url);
  } catch (error) {
    // Its words do not repeat the URL.
    return refuse(error instanceof Error ? error.message : "");
  }
}
