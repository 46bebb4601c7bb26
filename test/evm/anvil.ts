/** A real node for tests: anvil on a free loopback port, ended by its process id. */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

export interface Anvil {
  readonly url: string;
  readonly rpc: <T = unknown>(method: string, ...params: unknown[]) => Promise<T>;
  readonly stop: () => Promise<void>;
}

/** Starts anvil; it answers when this resolves. */
export async function startAnvil(...args: readonly string[]): Promise<Anvil> {
  const port = await freePort();
  const child = spawn(anvilBinary(), ["--port", String(port), "--silent", ...args], { stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://127.0.0.1:${port}`;
  const rpc = <T>(method: string, ...params: unknown[]) => call<T>(url, method, params);
  await answering(child, rpc);
  return { url, rpc, stop: () => stop(child) };
}

function anvilBinary(): string {
  const { platform, arch } = process;
  const system = platform === "win32" ? "windows" : platform;
  const machine = arch === "x64" ? "amd64" : arch;
  const folder = dirname(require.resolve(`@foundry-rs/anvil-${system}-${machine}/package.json`));
  return join(folder, "bin", platform === "win32" ? "anvil.exe" : "anvil");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => void server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function answering(child: ChildProcess, rpc: Anvil["rpc"]): Promise<void> {
  while (child.exitCode === null) {
    try {
      await rpc("eth_chainId");
      return;
    } catch {
      await new Promise((resolve) => void setTimeout(resolve, 5));
    }
  }
  throw new Error(`anvil ended with ${child.exitCode}`);
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
