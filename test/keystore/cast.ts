/** `cast` of Foundry, as its npm package brings it: an implementation of Ethereum's formats that shares no code with ours. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../docs/pages.ts";

const folder = join(root, "node_modules", "@foundry-rs");

function binary(): string {
  const platform = readdirSync(folder).find((name) => name.startsWith("cast-"));
  assert.ok(platform !== undefined, "cast is a dependency of the tests: npm ci");
  return join(folder, platform, "bin", "cast");
}

/** What it prints. */
export function cast(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(binary(), args, { encoding: "utf8", env: { HOME: folder } });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}
