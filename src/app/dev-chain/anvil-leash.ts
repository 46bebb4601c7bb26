/**
 * The process between anvil and whoever started it: it ends anvil when its standard input ends, which also happens when the other side is
 * killed. So a chain never outlives its owner, whatever that one's end. `node anvil-leash.js ANVIL ARGUMENT...`; its first line names anvil's pid.
 */
import { spawn } from "node:child_process";

const patienceMs = 3000;

const [program = "", ...args] = process.argv.slice(2);
const anvil = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });

function end(): void {
  anvil.kill("SIGTERM");
  setTimeout(() => anvil.kill("SIGKILL"), patienceMs).unref();
}

anvil.on("spawn", () => process.stdout.write(`pid ${anvil.pid}\n`));
anvil.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
  process.stdin.destroy();
});
anvil.on("exit", (code) => process.exit(code ?? 0));
for (const event of ["end", "error"]) process.stdin.on(event, end);
process.stdin.resume();
// Whoever signals this process means the chain.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
