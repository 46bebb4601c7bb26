/** The vault under SIGKILL: every point of every write, and eight processes at once. */
import { describe } from "node:test";
import { testVault } from "./keystore-sweep.ts";
import type { Choose } from "./sweep.ts";

const all: Choose = (names) => [...names.keys()];

describe("crash: vault, at every point", { concurrency: 2 }, () =>
  testVault({ choose: { create: all, import: all, rekey: all }, processes: 8 }),
);
