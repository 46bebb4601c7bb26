/** Every command with its options, for whoever checks that pages name only what exists. */
import { commands, groups } from "./commands.ts";
import { globalOptions, helpOption, versionOption } from "./options.ts";

export interface CommandRow {
  /** Words after `mfm`; none for `mfm` itself, whose options hold for every command. */
  readonly path: readonly string[];
  /** As help shows them: `-k, --key <key>`, `--follow`. */
  readonly options: readonly string[];
}

export function commandTable(): readonly CommandRow[] {
  return [
    { path: [], options: [...globalOptions, versionOption, helpOption].map(({ flags }) => flags) },
    { path: ["help"], options: [] },
    ...groups.filter(({ path }) => path.length > 0).map(({ path }) => ({ path, options: [] })),
    ...commands.map(({ path, options = [] }) => ({ path, options: options.map(({ flags }) => flags) })),
  ];
}
