/** MFM as the crash matrix and the comparison of deployments run it: the command, which is given again after a crash as it was given at first. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Order } from "./mfm-order.ts";
import { accountKey, chainId } from "./task.ts";
import { runCommand, type Tool } from "./tool.ts";

const root = new URL("../../../../", import.meta.url);
const binary = fileURLToPath(new URL("bin/mfm.js", root));
const module = fileURLToPath(new URL("./deploy-and-pay.js", import.meta.url));
const keystoreMs = 60_000;

export function mfm({ entryPoint, config }: Order): Tool {
  const vault = ["--keystore", "vault.json", "--unlock-file", "passphrase"];
  const start = ["run", "start", entryPoint, "--config", "order.json", "--key", "bench", ...vault, "--no-policy"];
  const run = () => ({ file: process.execPath, args: [binary, ...start] });
  return {
    name: "MFM",
    version: (JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { readonly version: string }).version,
    async prepare({ folder, url }) {
      const write = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 });
      write("order.json", JSON.stringify(config));
      write("mfm.toml", configuration(url));
      write("passphrase", "as long as a bench needs");
      write("key", accountKey);
      await keystore(folder, "init", ...vault, "--kdf-memory", "64");
      await keystore(folder, "import", ...vault, "-t", "privatekey", "--file", "key");
    },
    start: run,
    resume: run,
  };
}

const configuration = (url: string): string => `[store]
url = "sqlite:./mfm.db"

[ops]
modules = ["${module}"]

[network.chain]
id = "eip155:${chainId}"
writes = true
providers = [{ ref = "chain", url = "${url}" }]
`;

async function keystore(folder: string, ...args: readonly string[]): Promise<void> {
  const ending = await runCommand({ file: process.execPath, args: [binary, "keystore", ...args] }, folder, keystoreMs).ending;
  if (ending.kind !== "exit" || ending.code !== 0) throw new Error(`no vault: ${ending.said}`);
}
