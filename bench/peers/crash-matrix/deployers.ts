/**
 * Hardhat Ignition and forge, from `bench/peers/deployers`: a package of its own, installed when a benchmark needs it. One project serves both;
 * each task works on a copy of it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { accountKey, payee } from "./task.ts";
import { type Command, runCommand, type Tool, type Workplace } from "./tool.ts";

const home = fileURLToPath(new URL("../../../../bench/peers/deployers/", import.meta.url));
const modules = join(home, "node_modules");
const compileMs = 120_000;
/** How long forge waits for a transaction before it looks whether the node still knows it; by itself 120, longer than a run may take here. */
const patienceSeconds = 20;

/** @throws Error when npm cannot install them */
export async function installDeployers(): Promise<void> {
  if (existsSync(join(modules, ".package-lock.json"))) return;
  process.stderr.write("installing Hardhat Ignition and forge (about 400 MB): npm ci --prefix bench/peers/deployers\n");
  const [code] = (await once(spawn("npm", ["ci", "--prefix", home], { stdio: ["ignore", 2, 2] }), "close")) as [number | null];
  if (code !== 0) throw new Error(`npm ci --prefix bench/peers/deployers ended with ${code ?? "a signal"}`);
}

/** Deploys a module of the project with `hardhat ignition deploy`. It has no other command for going on: the same one reads its journal. */
export function ignition(module: "Task" | "Hundred"): Tool {
  const deploy = ({ url }: Workplace): Command => hardhat(url, "ignition", "deploy", `ignition/modules/${module}.js`);
  return {
    name: "Hardhat Ignition",
    version: versionOf("@nomicfoundation/hardhat-ignition"),
    prepare: (place) => prepareProject(place, hardhat(place.url, "compile")),
    start: deploy,
    resume: deploy,
  };
}

/** `forge script --slow`, which waits for each transaction before the next, and `--resume`. */
export function forge(): Tool {
  const script = ({ url }: Workplace, ...more: readonly string[]): Command =>
    forgeCommand(
      "script",
      "script/Task.s.sol",
      "--rpc-url",
      url,
      "--private-key",
      accountKey,
      "--broadcast",
      "--slow",
      "--timeout",
      String(patienceSeconds),
      ...more,
    );
  return {
    name: "forge script --slow",
    version: versionOf("@foundry-rs/forge"),
    prepare: (place) => prepareProject(place, forgeCommand("build")),
    start: (place) => script(place),
    resume: (place) => script(place, "--resume"),
  };
}

async function prepareProject({ folder }: Workplace, build: Command): Promise<void> {
  cpSync(join(home, "project"), folder, { recursive: true });
  symlinkSync(modules, join(folder, "node_modules"));
  const ending = await runCommand(build, folder, compileMs).ending;
  if (ending.kind !== "exit" || ending.code !== 0) throw new Error(`the project does not compile: ${ending.said}`);
}

function hardhat(url: string, ...args: readonly string[]): Command {
  return {
    file: process.execPath,
    args: [join(modules, "hardhat/internal/cli/bootstrap.js"), ...args],
    env: {
      PEER_RPC_URL: url,
      PEER_KEY: accountKey,
      PEER_PAYEE: payee,
      HARDHAT_IGNITION_CONFIRM_DEPLOYMENT: "true",
      HARDHAT_DISABLE_TELEMETRY_PROMPT: "true",
    },
  };
}

/** The solc that it runs is the npm package's, behind the native one's command line. */
function forgeCommand(verb: string, ...args: readonly string[]): Command {
  return { file: forgeBinary(), args: [verb, ...args, "--use", join(home, "solc.cjs")], env: { PEER_PAYEE: payee } };
}

function forgeBinary(): string {
  const { platform, arch } = process;
  const system = platform === "win32" ? "windows" : platform;
  const manifest = `@foundry-rs/forge-${system}-${arch === "x64" ? "amd64" : arch}/package.json`;
  return join(createRequire(join(home, "package.json")).resolve(manifest), "../bin", platform === "win32" ? "forge.exe" : "forge");
}

function versionOf(name: string): string {
  return (JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")) as { readonly version: string }).version;
}
