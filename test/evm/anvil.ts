/** A real node for tests: anvil on a free loopback port, ended by its process id. */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";

const require = createRequire(import.meta.url);

export interface Anvil {
  readonly url: string;
  readonly rpc: <T = unknown>(method: string, ...params: unknown[]) => Promise<T>;
  readonly stop: () => Promise<void>;
}

/** Starts anvil on a port that the system chooses; it answers when this resolves. */
export async function startAnvil(...args: readonly string[]): Promise<Anvil> {
  const child = spawn(anvilBinary(), ["--host", "127.0.0.1", "--port", "0", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const url = `http://${await addressOf(child, child.stdout)}`;
  const rpc: Anvil["rpc"] = (method, ...params) => call(url, method, params);
  await rpc("anvil_setLoggingEnabled", false);
  return { url, rpc, stop: () => stop(child) };
}

/** The address that it says it listens on. */
function addressOf(child: ChildProcess, output: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`anvil ended with ${code}`)));
    output.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const address = /Listening on ([\d.]+:\d+)/.exec(said)?.[1];
      if (address === undefined) return;
      // What it says later is of no interest, but it must be able to say it.
      output.removeAllListeners("data").resume();
      resolve(address);
    });
  });
}

function anvilBinary(): string {
  const { platform, arch } = process;
  const system = platform === "win32" ? "windows" : platform;
  const machine = arch === "x64" ? "amd64" : arch;
  const folder = dirname(require.resolve(`@foundry-rs/anvil-${system}-${machine}/package.json`));
  return join(folder, "bin", platform === "win32" ? "anvil.exe" : "anvil");
}

async function call<T>(url: string, method: string, params: readonly unknown[]): Promise<T> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const answer = (await (await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body })).json()) as {
    readonly result: T;
    readonly error?: { readonly message: string };
  };
  if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message.slice(0, 200)}`);
  return answer.result;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}
