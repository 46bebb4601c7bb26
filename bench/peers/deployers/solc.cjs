#!/usr/bin/env node
// The native compiler's command line, as far as forge uses it, before the compiler of the npm package.
const { readFileSync } = require("node:fs");
const solc = require("solc");

if (process.argv.includes("--version")) {
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
} else if (process.argv.includes("--standard-json")) {
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
} else {
  process.stderr.write(`not known here: ${process.argv.slice(2).join(" ")}\n`);
  process.exitCode = 1;
}
