import { describe } from "node:test";
import { checkCases } from "./cases.ts";
import { findCycles, findLayerViolations } from "./layers.ts";

const state = `export const state = 1;`;

describe("tidy: layers", () => {
  checkCases(findLayerViolations, [
    {
      name: "accepts imports that point down and packages of the layer",
      files: {
        "src/kernel/value.ts": `import { z } from "zod";\nimport { hash } from "node:crypto";\nimport { limits } from "./json.ts";`,
        "src/states/read.ts": `import { defineState } from "../kernel/state.ts";\nimport { evmRead } from "../capabilities/evm.ts";\nimport { toHex } from "viem/utils";`,
        "src/cli/main.ts": `import { open } from "../app/open.ts";\nimport { Command } from "commander";\nimport { argv } from "node:process";`,
        "src/index.ts": `export { defineState } from "./kernel/state.ts";\nexport { open } from "./app/open.ts";`,
        "src/testing/index.ts": `export { simulate } from "./simulate.ts";\nimport fc from "fast-check";`,
      },
      finds: [],
    },
    {
      name: "refuses an import that points up, or past the layer it should ask",
      files: {
        "src/kernel/run.ts": `import { ops } from "../ops/all.ts";`,
        "src/cli/main.ts": `\nimport { digestOf } from "../kernel/canonical.ts";`,
        "src/storages/sqlite/open.ts": `export { x } from "../../transports/x.ts";`,
        "src/index.ts": `export { main } from "./cli/main.ts";`,
      },
      finds: [
        ["src/kernel/run.ts:1", "kernel must not import src/ops/all.ts"],
        ["src/cli/main.ts:2", "cli must not import src/kernel/canonical.ts: it may import cli, app"],
        ["src/storages/sqlite/open.ts:1", "storages must not import src/transports/x.ts"],
        ["src/index.ts:1", "must not import src/cli/main.ts"],
      ],
    },
    {
      name: "sees type imports, dynamic imports and import types",
      files: {
        "src/kernel/a.ts": `import type { A } from "../app/a.ts";\nexport const load = () => import("../app/b.ts");\nexport type C = typeof import("../app/c.ts");`,
      },
      finds: [
        ["src/kernel/a.ts:1", "src/app/a.ts"],
        ["src/kernel/a.ts:2", "src/app/b.ts"],
        ["src/kernel/a.ts:3", "src/app/c.ts"],
      ],
    },
    {
      name: "refuses a package of another layer, and Node's modules in a pure one",
      files: {
        "src/kernel/a.ts": `import pg from "pg";\nimport { readFileSync } from "node:fs";`,
        "src/ops/a.ts": `import { hash } from "node:crypto";\nimport { createPublicClient } from "viem";`,
        "src/cli/a.ts": `import pino from "pino";`,
      },
      finds: [
        ["src/kernel/a.ts:1", "kernel must not use the package pg"],
        ["src/kernel/a.ts:2", "kernel is pure and must not import node:fs"],
        ["src/ops/a.ts:1", "ops is pure and must not import node:crypto"],
        ["src/ops/a.ts:2", "ops must not use the package viem"],
        ["src/cli/a.ts:1", "cli must not use the package pino"],
      ],
    },
    {
      name: "gives a test its layer, those below, test helpers and fast-check, but nothing above",
      files: {
        "src/storages/sqlite/store.test.ts": `import fc from "fast-check";\nimport { test } from "node:test";\nimport { conformance } from "../../testing/conformance.ts";\nimport { hello } from "../../ops/hello.ts";\nimport { tree } from "../../../test/tree.ts";`,
        "src/kernel/a.test.ts": `import { open } from "../app/open.ts";\nimport { Command } from "commander";\nimport { modelStore } from "../storages/model/store.ts";\nimport { sqliteStore } from "../storages/sqlite/store.ts";`,
      },
      finds: [
        ["src/kernel/a.test.ts:1", "src/app/open.ts"],
        ["src/kernel/a.test.ts:2", "commander"],
        ["src/kernel/a.test.ts:4", "src/storages/sqlite/store.ts"],
      ],
    },
    {
      name: "refuses code in src to import tests, and a folder that is no layer",
      files: { "src/app/a.ts": `import { x } from "../../test/x.ts";`, "src/utils/a.ts": state, "src/b.ts": state },
      finds: [
        ["src/app/a.ts:1", "app must not import test/x.ts"],
        ["src/utils/a.ts:1", "belongs to no layer"],
        ["src/b.ts:1", "belongs to no layer"],
      ],
    },
  ]);
});

describe("tidy: cycles", () => {
  checkCases(findCycles, [
    {
      name: "accepts a diamond",
      files: {
        "src/a.ts": `import "./b.ts";\nimport "./c.ts";`,
        "src/b.ts": `import "./d.ts";`,
        "src/c.ts": `import "./d.ts";`,
        "src/d.ts": state,
      },
      finds: [],
    },
    {
      name: "shows the way round, through folders and types",
      files: {
        "src/a.ts": `import { b } from "./b/b.ts";`,
        "src/b/b.ts": `\nimport type { C } from "../c.ts";`,
        "src/c.ts": `export { a } from "./a.ts";`,
      },
      finds: [["src/c.ts:1", "src/a.ts -> src/b/b.ts -> src/c.ts -> src/a.ts"]],
    },
    { name: "sees a file that imports itself", files: { "src/a.ts": `import "./a.ts";` }, finds: [["src/a.ts:1", "src/a.ts -> src/a.ts"]] },
  ]);
});
