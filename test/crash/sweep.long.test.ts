/** The crash sweep on PostgreSQL: every point. */
import { test } from "node:test";
import { sweep, width } from "./sweep.ts";

test("crash sweep on PostgreSQL: killed at any point", { timeout: 600_000, concurrency: width }, (t) => sweep(t, "PostgreSQL", () => true));
