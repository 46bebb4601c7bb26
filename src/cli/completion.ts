/**
 * What a shell may offer next. The scripts of `mfm completion` ask with `mfm complete -- WORDS...`, the last word being the one that is
 * written; the answer is a candidate a line (value, tab, description), then `:4`, or `:0` where file names fit too.
 */
import type { Place } from "../app/place.ts";
import type { ArgumentSpec, CommandSpec, Completes, OptionSpec } from "./command.ts";
import { commands, groups } from "./commands.ts";
import { globalOptions, helpOption } from "./options.ts";

export interface Candidate {
  readonly value: string;
  readonly about: string;
}

export interface Offer {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
}

const nothing: Offer = { candidates: [], files: false };
const files: Offer = { candidates: [], files: true };

/** Candidates for the last word. */
export async function complete(words: readonly string[], place: Place): Promise<Offer> {
  const current = words.at(-1) ?? "";
  const { command, path, positionals, pending } = read(words.slice(0, -1));
  const offer = await offerFor({ command, path, positionals, pending, current, place });
  return { ...offer, candidates: offer.candidates.filter(({ value }) => value.startsWith(current)) };
}

export function renderOffer({ candidates, files }: Offer): string {
  const lines = candidates.map(({ value, about }) => `${value}\t${about.replaceAll(/\s+/g, " ")}\n`);
  return `${lines.join("")}:${files ? 0 : 4}\n`;
}

interface Reading {
  readonly command: CommandSpec | undefined;
  /** The words that name a command, or the beginning of one. */
  readonly path: readonly string[];
  readonly positionals: readonly string[];
  /** The option whose value comes next. */
  readonly pending: OptionSpec | undefined;
}

function read(words: readonly string[]): Reading {
  let pending: OptionSpec | undefined;
  const path: string[] = [];
  let command: CommandSpec | undefined;
  const positionals: string[] = [];
  for (const word of words) {
    if (pending !== undefined) pending = undefined;
    else if (word.startsWith("-")) {
      const option = optionsOf(command).find(({ flags }) => flagNames(flags).includes(word));
      pending = option !== undefined && takesValue(option) ? option : undefined;
    } else if (command === undefined) {
      path.push(word);
      command = commands.find((spec) => spec.path.join(" ") === path.join(" "));
    } else positionals.push(word);
  }
  return { command, path, positionals, pending };
}

async function offerFor(at: Reading & { readonly current: string; readonly place: Place }): Promise<Offer> {
  const { command, pending, positionals, current, place } = at;
  if (pending !== undefined) return offerValues(pending, place);
  if (current.startsWith("-")) return { candidates: optionsOf(command).flatMap(candidatesOf), files: false };
  if (command === undefined) return { candidates: nextWords(at.path), files: false };
  const argument = command.arguments?.[positionals.length];
  return argument === undefined ? nothing : offerValues(argument, place);
}

function optionsOf(command: CommandSpec | undefined): readonly OptionSpec[] {
  return [...(command?.options ?? []), ...globalOptions, helpOption];
}

function nextWords(path: readonly string[]): Candidate[] {
  const depth = path.length;
  const fitting = [...groups, ...commands].filter(
    (spec) => spec.path.length === depth + 1 && path.every((word, index) => spec.path[index] === word),
  );
  return fitting.map(({ path: words, summary }) => ({ value: words[depth] ?? "", about: summary }));
}

function candidatesOf({ flags, about }: OptionSpec): Candidate[] {
  return flagNames(flags)
    .filter((name) => name.startsWith("--"))
    .map((value) => ({ value, about }));
}

function flagNames(flags: string): string[] {
  return flags.split(/, | /).filter((word) => word.startsWith("-"));
}

function takesValue({ flags }: OptionSpec): boolean {
  return flags.includes("<");
}

async function offerValues({ choices, completes }: ArgumentSpec | OptionSpec, place: Place): Promise<Offer> {
  if (choices !== undefined) return { candidates: choices.map((value) => ({ value, about: "" })), files: false };
  return completes === undefined ? nothing : offerKind(completes, place);
}

const offered = 50;

async function offerKind(kind: Completes, place: Place): Promise<Offer> {
  switch (kind) {
    case "file":
      return files;
    case "op": {
      const { listOps } = await import("../app/ops.ts");
      return { candidates: (await listOps(place)).map(({ id, description }) => ({ value: id, about: description })), files: false };
    }
    case "network":
    case "portfolio":
      return offerConfigured(kind, place);
    case "run": {
      const { listRuns } = await import("../app/run-list.ts");
      const runs = await listRuns(place, { status: undefined, entryPoint: undefined, limit: offered });
      return {
        candidates: runs.map(({ runId, entryPoint, status }) => ({ value: runId, about: `${entryPoint} ${status}` })),
        files: false,
      };
    }
    case "transaction": {
      const { listTransactions } = await import("../app/evm/transactions.ts");
      const rows = await listTransactions(place, { is: undefined, limit: offered });
      const candidates = rows.flatMap(({ identity, step, is }) => (identity === null ? [] : [{ value: identity, about: `${step} ${is}` }]));
      return { candidates, files: false };
    }
    case "lane": {
      const { listLanes } = await import("../app/evm/lanes.ts");
      const lanes = await listLanes(place);
      return {
        candidates: lanes.map(({ lane, taken, queued }) => ({ value: lane, about: `${taken} under way, ${queued} waiting` })),
        files: false,
      };
    }
  }
}

/** What the configuration names. */
async function offerConfigured(kind: "network" | "portfolio", place: Place): Promise<Offer> {
  const { readConfiguration } = await import("../app/configuration.ts");
  const { networks, portfolios } = await readConfiguration(place);
  const named = kind === "network" ? networks : portfolios;
  return { candidates: named.map(({ name }) => ({ value: name, about: `a ${kind} of mfm.toml` })), files: false };
}
