/** The crash sweep: every third point, each time another of the three; `npm run test:long` takes all of them. */
import { test } from "node:test";
import { sweep, width } from "./sweep.ts";

const options = { timeout: 180_000, concurrency: width };
const what = "killed, a run ends with the same output, steps and a history that verifies";

test(`crash sweep on SQLite: ${what}`, options, (t) => sweep(t, "SQLite", (point) => point % 3 === (Math.floor(point / 3) + 1) % 3));
test(`crash sweep on PostgreSQL: ${what}`, options, (t) => sweep(t, "PostgreSQL", (point) => point % 3 === Math.floor(point / 3) % 3));
