/** Options that hold for every command, and those that several commands share. */
import type { OptionSpec } from "./command.ts";

export const globalOptions: readonly OptionSpec[] = [
  { flags: "--output-format <format>", about: "text for people, json for programs (MFM_OUTPUT_FORMAT)", choices: ["text", "json"] },
  { flags: "--config-file <path>", about: "the mfm.toml to use; else the nearest one here or above (MFM_CONFIG_FILE)", completes: "file" },
  {
    flags: "--store <url>",
    about:
      "the store, such as sqlite:./mfm.db or postgres://user@host/database (MFM_STORE_URL); else [store] url of mfm.toml, else one in your data folder",
  },
  {
    flags: "--log-level <level>",
    about: "the least that is logged to stderr (MFM_LOG_LEVEL; default warn; off with json)",
    choices: ["trace", "debug", "info", "warn", "error", "silent"],
  },
  { flags: "--log-file <path>", about: "append the log to this file instead", completes: "file" },
  { flags: "--no-color", about: "no colour (NO_COLOR)" },
];

export const versionOption: OptionSpec = { flags: "-v, --version", about: "print the version" };
export const helpOption: OptionSpec = { flags: "-h, --help", about: "show help" };

export const configOptions: readonly OptionSpec[] = [
  {
    flags: "-c, --config <file>",
    about: "the op's configuration: a .json or .toml file, or - for JSON from standard input",
    completes: "file",
  },
  setOption("the configuration"),
];

export function setOption(what: string): OptionSpec {
  return {
    flags: "--set <path=value>",
    about: `set one member of ${what}, such as names.0=Ada; JSON where it reads as JSON, else text; may be repeated`,
    repeats: true,
  };
}

export const actorOption: OptionSpec = { flags: "--actor <name>", about: "who acts, as recorded; default: your user name" };

export const keyOption: OptionSpec = {
  flags: "-k, --key <key>",
  about: "names this one intent, such as an order number: starting twice is one run; default: a fresh one",
};

/** Of what shows a snapshot. */
export const allOption: OptionSpec = { flags: "-a, --all", about: "also show balances of zero" };
export const csvOption: OptionSpec = { flags: "--csv <file>", about: "write the holdings to a new file", completes: "file" };

export const detachOption: OptionSpec = { flags: "-d, --detach", about: "only record the run; a worker drives it" };
