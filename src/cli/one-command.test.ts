import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commands } from "./commands.ts";
import { parseOneCommand } from "./one-command.ts";
import { parseCommandLine } from "./program.ts";

const split = (line: string): readonly string[] => line.split(" ");

describe("one command", () => {
  it("is found in the file that its path names, for every command", async () => {
    for (const spec of commands) {
      const given = (spec.arguments ?? []).filter(({ name }) => name.startsWith("<")).map(({ choices }) => choices?.[0] ?? "x");
      const needed = (spec.options ?? []).filter(({ required }) => required === true);
      const flags = needed.flatMap(({ flags: written, choices }) => [/--[a-z-]+/.exec(written)?.[0] ?? "", choices?.[0] ?? "x"]);
      const line = [...spec.path, ...given, ...flags];
      const called = await parseOneCommand(line);
      assert.equal(called?.spec, spec, line.join(" "));
      assert.deepEqual(called, parseCommandLine(line), line.join(" "));
    }
  });

  it("is what all commands together make of the line, wherever its options stand", async () => {
    for (const line of [
      "--output-format=json run start op -k one --set a=1 --store sqlite:x -d",
      "run list --store sqlite:x --limit 3",
      "worker --concurrency 2",
      "worker list",
    ])
      assert.deepEqual(await parseOneCommand(split(line)), parseCommandLine(split(line)), line);
  });

  it("is none where it takes all commands to answer", async () => {
    for (const line of [
      "run",
      "help run start",
      "run start --help",
      "run strat",
      "run start op --kye a",
      "run start",
      "run-start op",
      "worker lost",
      "--version",
      "--store run list list",
    ])
      assert.equal(await parseOneCommand(split(line)), undefined, line);
  });
});
