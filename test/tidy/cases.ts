/** Feeds a rule small trees and compares what it finds with what it should. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { type Finding, parse, type SourceCode, type TextFile } from "./source.ts";

export interface Case {
  readonly name: string;
  /** Text by path. */
  readonly files: Readonly<Record<string, string>>;
  /** `path:line` of each finding, and a part of its message. */
  readonly finds: readonly (readonly [place: string, message: string])[];
}

export function checkCases(
  rule: (sources: readonly SourceCode[], files: readonly TextFile[]) => readonly Finding[],
  cases: readonly Case[],
): void {
  for (const { name, files, finds } of cases) {
    it(name, () => {
      const tree = Object.entries(files).map(([path, text]) => ({ path, text }));
      const found = rule(parse(tree), tree);
      const places = found.map(({ path, line }) => `${path}:${line}`);
      const messages = found.map(({ message }) => message);
      assert.deepEqual(
        places,
        finds.map(([place]) => place),
        `${places.join("\n")}\n${messages.join("\n")}`,
      );
      for (const [index, [, part]] of finds.entries())
        assert.ok((messages[index] ?? "").includes(part), `"${messages[index]}" does not say "${part}"`);
    });
  }
}
