import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CommandTable, findStalePage, findWrongCommands } from "./docs.ts";

const table: CommandTable = [
  { path: [], options: ["-v, --version", "--output-format <format>"] },
  { path: ["run"], options: [] },
  { path: ["run", "start"], options: ["-k, --key <key>", "--follow"] },
  { path: ["verify"], options: ["--head <digest>"] },
];

const page = (kind: string, ...lines: string[]) => [
  { path: "docs/a.md", text: ["text", `\`\`\`${kind}`, ...lines, "```", "mfm nonsense"].join("\n") },
];
const check = (kind: string, ...lines: string[]) =>
  findWrongCommands(page(kind, ...lines), table).map(({ line, message }) => `${line}: ${message}`);

describe("tidy: commands in docs", () => {
  it("accepts commands that exist, in every way a page writes them", () => {
    const lines = [
      "mfm --version",
      "mfm run --help",
      "npx mfm --output-format json run start mfm.proof/hello@1 --key=a > out.json",
      "MFM_STORE_URL=x mfm run start op -k verify --follow | jq -r .runId",
      `id=$(mfm run start op) && mfm verify "a file" --head "$id" -- --anything # mfm nonsense`,
      "mfm run start op \\",
      "  --follow",
      "npm ci; echo mfm nonsense",
    ];
    assert.deepEqual(check("sh", ...lines), []);
    assert.deepEqual(check("console", ...lines.slice(0, 5).map((line) => `$ ${line}`), "mfm nonsense printed by a command"), []);
    assert.deepEqual(check("ts", "mfm nonsense"), []);
  });

  it("refuses unknown commands and options, and says where", () => {
    assert.deepEqual(check("console", "$ mfm --version", "$ mfm run strat op"), ["4: mfm run strat op: there is no such command"]);
    assert.deepEqual(check("sh", "mfm", "mfm nonsense"), ["4: mfm nonsense: there is no such command"]);
    assert.deepEqual(check("sh", "echo | mfm run start op --kye a"), ["3: mfm run start op --kye a: mfm run start has no option --kye"]);
    assert.deepEqual(check("sh", "mfm run start op \\", "  --follw"), ["3: mfm run start op --follw: mfm run start has no option --follw"]);
    assert.deepEqual(check("sh", "mfm verify --key a"), ["3: mfm verify --key a: mfm verify has no option --key"]);
  });
});

describe("tidy: generated pages", () => {
  it("accepts the page that is generated now, and names the first line that differs", () => {
    assert.deepEqual(findStalePage({ path: "docs/errors.md", text: "a\nb\n" }, "a\nb\n"), []);
    const lineOf = (text: string) => findStalePage({ path: "docs/errors.md", text }, "a\nb\nc\n").map(({ line }) => line);
    assert.deepEqual([lineOf("a\nx\nc\n"), lineOf("a\nb\n"), lineOf("")], [[2], [3], [1]]);
  });
});
