/** Folders of this user. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { type Place, readVariable } from "./place.ts";

/** A leading `~` is the home folder: in mfm.toml no shell has replaced it. */
export function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

/** Where MFM keeps data: `$XDG_DATA_HOME/mfm`. */
export function dataFolder(place: Place): string {
  return join(baseFolder(place, "XDG_DATA_HOME", "share"), "mfm");
}

/** Where MFM keeps what only this machine knows: `$XDG_STATE_HOME/mfm`. */
export function stateFolder(place: Place): string {
  return join(baseFolder(place, "XDG_STATE_HOME", "state"), "mfm");
}

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ : a relative path is to be ignored */
function baseFolder(place: Place, variable: string, name: string): string {
  const base = readVariable(place, variable);
  return base !== undefined && isAbsolute(base) ? base : join(readVariable(place, "HOME") ?? homedir(), ".local", name);
}
