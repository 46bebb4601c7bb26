/** The configuration of one command: flag over environment over `mfm.toml` over default. No file is needed. */
import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { ConfigFile } from "./config-file.ts";
import { failure } from "./failure.ts";
import type { NetworkTable } from "./networks/network-table.ts";
import { type Place, readVariable } from "./place.ts";
import type { PortfolioTable } from "./portfolio/portfolio-table.ts";
import { hasPassword } from "./redact.ts";
import { type StoreLocation, locateStore } from "./store-location.ts";
import type { WorkerTable } from "./worker-table.ts";

export interface Configuration {
  /** The file that was read, if there is one. */
  readonly file: string | undefined;
  /** What paths of the configuration are relative to: the file's folder, else the working folder. */
  readonly folder: string;
  readonly store: StoreLocation;
  /** Absolute paths of modules with ops. */
  readonly modules: readonly string[];
  readonly networks: readonly NetworkTable[];
  readonly portfolios: readonly PortfolioTable[];
  /** Undefined where there is no file. */
  readonly worker: WorkerTable | undefined;
}

/** @throws CONFIG_INVALID, STORE_URL_INVALID */
export async function readConfiguration(place: Place): Promise<Configuration> {
  const file = await readConfigFileOf(place);
  const folder = file === undefined ? place.folder : dirname(file.path);
  const modules = (file?.modules ?? []).map((path) => resolve(folder, path));
  const { networks = [], portfolios = [] } = file ?? {};
  return { file: file?.path, folder, store: locateStore(place, file), modules, networks, portfolios, worker: file?.worker };
}

/** Undefined where there is none. The TOML reader is loaded only where there is something to read. @throws CONFIG_INVALID */
export async function readConfigFileOf(place: Place): Promise<ConfigFile | undefined> {
  const named = place.configFile ?? readVariable(place, "MFM_CONFIG_FILE");
  if (named !== undefined && hasPassword(named))
    throw failure(
      "CONFIG_INVALID",
      "what is named as configuration file looks like a URL with a password: a store's URL goes into --store or MFM_STORE_URL",
    );
  const path = named === undefined ? findConfigFile(place.folder) : resolve(place.folder, named);
  if (path === undefined) return undefined;
  const { readConfigFile } = await import("./config-file.ts");
  return readConfigFile(path);
}

/** The nearest `mfm.toml` in the folder or above it. @throws CONFIG_INVALID when it is another user's */
function findConfigFile(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const path = join(at, "mfm.toml");
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() === true) {
      assertTrusted(path, found.uid);
      return path;
    }
    if (dirname(at) === at) return undefined;
  }
}

/** A configuration names code to execute: one that somebody else left above a folder of ours must be asked for by name. */
function assertTrusted(path: string, owner: number): void {
  const user = process.getuid?.() ?? owner;
  if (owner === user || owner === 0) return;
  throw failure("CONFIG_INVALID", `${path} belongs to another user (uid ${owner}): to use it all the same, name it with --config-file`, {
    file: path,
    owner,
  });
}
