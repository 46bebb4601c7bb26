/**
 * Runs the suite under every other supported major version of Node: `node dist/test/runner/matrix.js [arguments of the runner]`.
 * The npm package `node` brings the binaries; they are kept in `node_modules/.cache`, so `npm ci` fetches the newest of each major again.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const majors = [22, 24, 26];
const root = fileURLToPath(new URL("../../../", import.meta.url));

function install(major: number): string {
  const folder = join(root, "node_modules", ".cache", `node-${major}`);
  const binary = join(folder, "node_modules", "node", "bin", "node");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  // The package's install script fetches the platform's own package and links its binary.
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }));
  // In that folder rather than with --prefix, which the nested npm of the install script would inherit.
  const options = ["--no-save", "--no-package-lock", "--ignore-scripts=false", "--loglevel=error"];
  spawnSync("npm", ["install", ...options, `node@${major}`], { cwd: folder, stdio: "inherit" });
  return binary;
}

function runSuite(major: number): boolean {
  const binary = install(major);
  if (!existsSync(binary)) {
    console.log(`✖ Node ${major} could not be installed`);
    return false;
  }
  const env = { ...process.env, PATH: `${dirname(binary)}${delimiter}${process.env["PATH"] ?? ""}` };
  console.log(`Node ${spawnSync(binary, ["--version"], { encoding: "utf8" }).stdout.trim()}`);
  return (
    spawnSync(binary, [join(root, "dist", "test", "run.js"), ...process.argv.slice(2)], { cwd: root, env, stdio: "inherit" }).status === 0
  );
}

process.exitCode = majors.map(runSuite).every((passed) => passed) ? 0 : 1;
