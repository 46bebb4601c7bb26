import { describe } from "node:test";
import { checkCases } from "./cases.ts";
import { findOversized } from "./sizes.ts";

const lines = (count: number): string => "1;\n".repeat(count);
const functionOf = (count: number, head = "function f() {"): string => `${head}\n${lines(count - 2)}}`;

describe("tidy: sizes", () => {
  checkCases(
    (files) => findOversized(files, {}),
    [
      {
        name: "accepts 300 lines, functions of 70, and suites of any length",
        files: {
          "src/a.ts": lines(300),
          "src/b.ts": functionOf(70),
          "src/b.test.ts": `${functionOf(200, `describe("suite", () => {`)});`,
          "src/c.ts": `/**\n${" * why\n".repeat(20)} */\n${functionOf(70)}`,
        },
        finds: [],
      },
      {
        name: "refuses one line more, and names the function",
        files: {
          "src/a.ts": lines(301),
          "src/b.ts": functionOf(71),
          "src/c.ts": `const c = {\n${functionOf(71, "run() {")} };`,
          "src/d.ts": `\n${functionOf(71, "const d = () => {")};`,
        },
        finds: [
          ["src/a.ts:1", "src/a.ts has 301 lines, the limit is 300"],
          ["src/b.ts:1", "src/b.ts#f has 71 lines, the limit is 70"],
          ["src/c.ts:2", "src/c.ts#run has 71"],
          ["src/d.ts:2", "src/d.ts#d has 71"],
        ],
      },
    ],
  );
  checkCases(
    (files) => findOversized(files, { "src/a.ts": 310, "src/b.ts": 310, "src/c.ts": 310, "src/d.ts#f": 80, "src/gone.ts": 400 }),
    [
      {
        name: "holds recorded sizes: no growth, no slack, no entry without need",
        files: { "src/a.ts": lines(310), "src/b.ts": lines(311), "src/c.ts": lines(309), "src/d.ts": functionOf(70) },
        finds: [
          ["src/b.ts:1", "it may only shrink"],
          ["src/c.ts:1", "lower the ratchet to 309"],
          ["test/tidy/sizes.json:1", "src/d.ts#f is within its limit or gone"],
          ["test/tidy/sizes.json:1", "src/gone.ts"],
        ],
      },
    ],
  );
});
