import { describe } from "node:test";
import { checkCases } from "./cases.ts";
import { findAmbientUses } from "./purity.ts";

const impure = [
  ["Date.now()", "Date"],
  ["new Date()", "Date"],
  ["new Date(...[])", "Date"],
  ["Date()", "Date"],
  ["[Date]", "Date"],
  ["performance.now()", "performance"],
  ["Math.random()", "Math.random"],
  ['Math["random"]()', "Math.random"],
  ["crypto.randomUUID()", "crypto"],
  ["fetch('http://localhost')", "fetch"],
  ["process.env", "process"],
  ["globalThis.fetch", "globalThis"],
  ["setTimeout(() => 1, 1)", "setTimeout"],
  ["AbortSignal.timeout(1)", "AbortSignal.timeout"],
  ["({ process })", "process"],
  ["console.log(1)", "console"],
  ["'a'.localeCompare('b')", "localeCompare"],
  ["import.meta.url", "import.meta"],
  ["(name: string) => import(name)", "import() of a computed name"],
] as const;

describe("tidy: purity", () => {
  checkCases(
    (files) => findAmbientUses(files, []),
    [
      {
        name: "accepts pure code, ports, and names that only look ambient",
        files: {
          "src/kernel/a.ts": `import { createHash, hash } from "node:crypto";
            // Date.now() and fetch in a comment
            export const a = (clock: { now(): number; process: number }, store: Store) => [new Date(clock.now()), Date.parse("x"), Date.UTC(1, 1), clock.process];
            export const b = (value: unknown) => value instanceof Date || Math.max(1, 2) === Math.PI || "setTimeout" === \`fetch\`;
            interface Store { fetch(): Date; setTimeout: typeof setTimeout }
            export const c = { fetch: 1, process: 2 }; export const { process: d } = c;`,
        },
        finds: [],
      },
      {
        name: "refuses clocks, randomness, network, timers, environment, locale and their aliases",
        files: { "src/ops/a.ts": impure.map(([code], index) => `export const v${index} = ${code};`).join("\n") },
        finds: impure.map(([, name], index) => [`src/ops/a.ts:${index + 1}`, name] as const),
      },
      {
        name: "refuses random imports, and node:crypto as a whole",
        files: {
          "src/kernel/a.ts": `import { randomBytes } from "@noble/hashes/utils.js";\nimport * as crypto from "node:crypto";\nimport { hash, webcrypto } from "node:crypto";`,
        },
        finds: [
          ["src/kernel/a.ts:1", "randomBytes"],
          ["src/kernel/a.ts:2", "as a whole"],
          ["src/kernel/a.ts:3", "webcrypto"],
        ],
      },
      {
        name: "leaves the other layers and tests alone",
        files: { "src/app/a.ts": "export const now = Date.now();", "src/kernel/a.test.ts": "export const now = Date.now();" },
        finds: [],
      },
    ],
  );

  const allowed = { path: "src/kernel/a.ts", name: "setTimeout", reason: "the default clock" };
  checkCases(
    (files) => findAmbientUses(files, [allowed]),
    [
      {
        name: "honours an allowance for that file only",
        files: {
          "src/kernel/a.ts": "setTimeout(f, 1); declare const f: () => void;",
          "src/kernel/b.ts": "setTimeout(f, 1); declare const f: () => void;",
        },
        finds: [["src/kernel/b.ts:1", "setTimeout"]],
      },
      {
        name: "refuses an allowance nobody uses",
        files: { "src/kernel/a.ts": "" },
        finds: [["src/kernel/a.ts:1", "remove the allowance"]],
      },
    ],
  );
});
