import { describe } from "node:test";
import { checkCases } from "./cases.ts";
import {
  findBarrels,
  findCodeFromText,
  findDefaultExports,
  findMachinePaths,
  findMarkers,
  findRegistryHosts,
  findStrayTests,
} from "./shape.ts";

/** Written in parts, so that this file does not violate the rule it tests. */
const home = ["", "home", "ada"].join("/");
const marker = ["TO", "DO"].join("");

describe("tidy: barrels", () => {
  checkCases(findBarrels, [
    {
      name: "accepts the entry points, and a re-export next to code",
      files: {
        "src/index.ts": `export { a } from "./kernel/a.ts";\nexport type { B } from "./kernel/b.ts";`,
        "src/kernel/a.ts": `export type { B } from "./b.ts";\nexport const a = 1;`,
      },
      finds: [],
    },
    {
      name: "refuses a file that only passes on, however it is written, and export *",
      files: {
        "src/kernel/index.ts": `export { a } from "./a.ts";`,
        "src/app/all.ts": `import { a } from "./a.ts";\nexport { a };`,
        "src/index.ts": `export { b } from "./b.ts";\nexport * from "./a.ts";\nexport * as c from "./c.ts";`,
      },
      finds: [
        ["src/kernel/index.ts:1", "a file of re-exports"],
        ["src/app/all.ts:1", "a file of re-exports"],
        ["src/index.ts:2", "export *"],
        ["src/index.ts:3", "export *"],
      ],
    },
  ]);
});

describe("tidy: default exports", () => {
  checkCases(findDefaultExports, [
    {
      name: "accepts named exports",
      files: { "src/a.ts": "export const a = (x: number) => { switch (x) { default: return 1; } };" },
      finds: [],
    },
    {
      name: "refuses every form",
      files: {
        "src/a.ts": "export default 1;",
        "src/b.ts": "export default function f() {}",
        "src/c.ts": "const c = 1;\nexport { c as default };",
      },
      finds: [
        ["src/a.ts:1", "default export"],
        ["src/b.ts:1", "default export"],
        ["src/c.ts:2", "default export"],
      ],
    },
  ]);
});

describe("tidy: code from text", () => {
  checkCases(findCodeFromText, [
    {
      name: "accepts functions and the words in strings",
      files: { "src/a.ts": `export const a = "eval(1)"; // new Function\nexport const f = () => a;` },
      finds: [],
    },
    {
      name: "refuses eval and Function",
      files: { "src/a.ts": `eval("1");\nnew Function("return 1");\nFunction("x");\nglobalThis.eval("1");` },
      finds: [1, 2, 3, 4].map((line) => [`src/a.ts:${line}`, "code never comes from text"] as const),
    },
  ]);
});

describe("tidy: tests beside their file", () => {
  checkCases(findStrayTests, [
    {
      name: "accepts tests of a file, by aspect too, and tests of no single file under test/",
      files: { "src/kernel/a.ts": "", "src/kernel/a.test.ts": "", "src/kernel/a.crash.long.test.ts": "", "test/e2e.test.ts": "" },
      finds: [],
    },
    {
      name: "refuses a test without its file",
      files: { "src/kernel/a.test.ts": "", "src/b.ts": "" },
      finds: [["src/kernel/a.test.ts:1", "src/kernel/a.ts"]],
    },
  ]);
});

describe("tidy: markers", () => {
  checkCases(
    (sources, files) => findMarkers(files, sources),
    [
      {
        name: "accepts the word in a string",
        files: { "src/a.ts": `export const a = "${marker}"; // done\nexport const b = \`// ${marker}\${a}\`;` },
        finds: [],
      },
      {
        name: "refuses it in a comment and in a page",
        files: { "docs/a.md": `\n${marker}: write`, "src/a.ts": `export const url = "//"; // ${marker} later\n/**\n * ${marker}\n */` },
        finds: [
          ["docs/a.md:2", marker],
          ["src/a.ts:1", marker],
          ["src/a.ts:3", marker],
        ],
      },
    ],
  );
});

describe("tidy: one person's machine", () => {
  checkCases(
    (_, files) => findMachinePaths(files),
    [
      {
        name: "accepts home folders by variable and paths in URLs",
        files: { "docs/a.md": "~/.local/share $HOME/work/x example.org/home/page ./work/a" },
        finds: [],
      },
      {
        name: "refuses absolute paths of a person",
        files: { "docs/a.md": `see\n(${home})`, "a.json": `"C:\\Users\\ada"` },
        finds: [
          ["docs/a.md:2", home],
          ["a.json:1", "Users"],
        ],
      },
    ],
  );
  checkCases(
    (_, files) => findRegistryHosts(files),
    [
      {
        name: "accepts a lock file without hosts",
        files: { "package-lock.json": `{"integrity": "x"}`, ".npmrc": "save-exact=true" },
        finds: [],
      },
      {
        name: "refuses a registry in a lock file or in npm's configuration",
        files: { "bench/peers/package-lock.json": `{\n"resolved": "https://example.org/a.tgz"}`, ".npmrc": "registry=https://example.org" },
        finds: [
          ["bench/peers/package-lock.json:2", "registry"],
          [".npmrc:1", "registry"],
        ],
      },
    ],
  );
});
