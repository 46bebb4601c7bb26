import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runStatuses } from "../kernel/run.ts";
import { commandTable } from "./command-table.ts";
import { commands } from "./commands.ts";
import { parseCommandLine, pathIn } from "./program.ts";

function refusalOf(line: string): string {
  try {
    parseCommandLine(line.split(" "));
  } catch (error) {
    const { code, message } = error as Error & { readonly code: string };
    assert.equal(code, "USAGE");
    return message;
  }
  return assert.fail(`${line} was accepted`);
}

/** The words of each command of a pipeline, without redirections and quotes. */
function wordsOf(line: string): string[][] {
  return line.split(" | ").map((command) => {
    const words: readonly string[] = command.replace(/ [<>]+ .*/, "").match(/'[^']*'|\S+/g) ?? [];
    return words.map((word) => word.replaceAll("'", ""));
  });
}

describe("command line", () => {
  it("is taken apart: command, arguments, options wherever they stand", () => {
    const line = "--output-format=json run start op -k one --set a=1 --store sqlite:x --set b=2 -d";
    const parsed = parseCommandLine(line.split(" "));
    assert.ok(parsed.kind === "command");
    assert.deepEqual([parsed.spec.path, parsed.arguments], [["run", "start"], ["op"]]);
    assert.deepEqual(parsed.options, {
      outputFormat: "json",
      color: true,
      key: "one",
      set: ["a=1", "b=2"],
      store: "sqlite:x",
      detach: true,
      policy: true,
    });
  });

  const refusals: readonly (readonly [string, RegExp])[] = [
    ["strat", /unknown command "strat"; did you mean mfm run start\?/],
    ["stroe", /did you mean mfm store\?/],
    ["zebra", /^unknown command "zebra"$/],
    ["run lsit", /did you mean mfm run list\?/],
    ["run", /mfm run needs a command: start, list,/],
    ["run list --sttaus failed", /unknown option '--sttaus'; did you mean --status\?/],
    ["run list --status nope", /Allowed choices are running,/],
    ["run list more", /too many arguments/],
    ["run signal abc approve", /--reason <text>' not specified/],
    ["verify", /missing required argument 'file'/],
    ["completion tcsh", /Allowed choices are bash, zsh, fish/],
    ["--output-format xml run list", /Allowed choices are text, json/],
    ["help run strat", /did you mean mfm run start\?/],
  ];
  for (const [line, says] of refusals) it(`refuses: mfm ${line}`, () => assert.match(refusalOf(line), says));

  it("shows help of every command with an example that it accepts", () => {
    for (const { path, examples } of commands) {
      const help = parseCommandLine([...path, "--help"]);
      assert.ok(help.kind === "help" && help.text.startsWith(`Usage: mfm ${path.join(" ")}`), path.join(" "));
      assert.deepEqual(parseCommandLine(["help", ...path]), help);
      assert.ok(examples.length > 0, path.join(" "));
      for (const { line } of examples) {
        assert.ok(help.text.includes(line));
        for (const words of wordsOf(line)) {
          assert.equal(words[0], "mfm");
          assert.equal(parseCommandLine(words.slice(1)).kind, "command", line);
        }
      }
    }
    assert.equal(parseCommandLine([]).kind, "help");
    assert.equal(parseCommandLine(["--help"]).kind, "help");
    assert.equal(parseCommandLine(["-v"]).kind, "version");
  });

  it("names the command that a line begins with", () => {
    assert.deepEqual(
      [pathIn(["--no-color", "run", "start", "op"]), pathIn(["run", "strat"]), pathIn(["zebra"])],
      [["run", "start"], ["run"], []],
    );
  });

  it("offers every status that a run can have", () => {
    const status = commands.find(({ path }) => path.join(" ") === "run list")?.options?.find(({ flags }) => flags.includes("--status"));
    assert.deepEqual(status?.choices, runStatuses);
  });
});

describe("command table", () => {
  it("has every command once, with the common options at the root", () => {
    const table = commandTable();
    const paths = table.map(({ path }) => path.join(" "));
    assert.equal(new Set(paths).size, paths.length);
    for (const { path } of commands) assert.ok(paths.includes(path.join(" ")));
    assert.equal(table[0]?.options.includes("-v, --version"), true);
  });
});
