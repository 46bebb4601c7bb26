/** Tables of `mfm.toml`, read strictly: every problem is noted with its place and the kind of what was found, never with its value. */
import { didYouMean } from "./suggest.ts";

export interface Problem {
  readonly [name: string]: string;
  /** `network.main.providers.0.url`. */
  readonly path: string;
  readonly problem: string;
}

export type Members = { readonly [name: string]: unknown };

/** Reads values and collects what is wrong with them: all of it is reported at once. */
export class TableReader {
  readonly problems: Problem[] = [];

  note(path: string, problem: string): undefined {
    this.problems.push({ path, problem });
  }

  /** The members of a table of which only these names are known; none where it is absent or no table. */
  table(value: unknown, path: string, known: readonly string[]): Members {
    const members = this.members(value, path);
    for (const name of Object.keys(members)) {
      if (known.includes(name)) continue;
      this.note(under(path, name), `no such key${didYouMean(name, known)} (known: ${known.join(", ")})`);
    }
    return members;
  }

  /** The members of a table whose names are the writer's own. */
  members(value: unknown, path: string): Members {
    if (value === undefined) return {};
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Members;
    this.note(path, `expected a table, found ${kindOf(value)}`);
    return {};
  }

  /** The items of a list that were read; none where it is absent. */
  list<T>(value: unknown, path: string, what: string, read: (item: unknown, path: string) => T | undefined): readonly T[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.note(path, `expected a list of ${what}, found ${kindOf(value)}`);
      return [];
    }
    return (value as readonly unknown[]).flatMap((item, index) => {
      const found = read(item, `${path}.${index}`);
      return found === undefined ? [] : [found];
    });
  }

  text(value: unknown, path: string, what: string): string | undefined {
    if (typeof value === "string" && value !== "") return value;
    return value === undefined ? undefined : this.note(path, `expected ${what}, found ${kindOf(value)}`);
  }

  /** A text that must be there. */
  required(value: unknown, path: string, what: string): string | undefined {
    return value === undefined ? this.note(path, `is missing: expected ${what}`) : this.text(value, path, what);
  }

  choice<T extends string>(value: unknown, path: string, choices: readonly T[]): T | undefined {
    const found = choices.find((choice) => choice === value);
    if (found !== undefined || value === undefined) return found;
    const given = typeof value === "string" ? `something else${didYouMean(value, choices)}` : kindOf(value);
    return this.note(path, `expected one of ${choices.join(", ")}, found ${given}`);
  }

  flag(value: unknown, path: string): boolean | undefined {
    if (value === undefined || typeof value === "boolean") return value;
    return this.note(path, `expected true or false, found ${kindOf(value)}`);
  }

  count(value: unknown, path: string, { min, max }: { readonly min: number; readonly max: number }): number | undefined {
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    return value === undefined
      ? undefined
      : this.note(path, `expected a whole number from ${min} to ${max}, found ${Number.isInteger(value) ? "another one" : kindOf(value)}`);
  }
}

export function under(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** The kind of a value, never the value. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (typeof value === "string") return value === "" ? "an empty string" : "a string";
  return typeof value === "object" ? "a table" : `a ${typeof value}`;
}
