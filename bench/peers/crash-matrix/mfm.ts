/** MFM as the crash matrix and the comparison of deployments run it: a process over a SQLite file and a vault, which is resumed by its run's id. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Order } from "./mfm-order.ts";
import { accountKey } from "./task.ts";
import { type Command, runCommand, type Tool, type Workplace } from "./tool.ts";

const program = fileURLToPath(new URL("./mfm-process.js", import.meta.url));
const root = new URL("../../../../", import.meta.url);
const keystoreMs = 60_000;

/** What the process finds in its folder. */
export const files = { order: "order.json", store: "mfm.db", vault: "vault.json", passphrase: "passphrase", runId: "run-id" } as const;

export function mfm(order: Order): Tool {
  const run = ({ folder, url }: Workplace): Command => ({ file: process.execPath, args: [program, folder, url] });
  return {
    name: "MFM",
    version: (JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { readonly version: string }).version,
    async prepare({ folder }) {
      const write = (name: string, text: string): string => {
        writeFileSync(join(folder, name), text, { mode: 0o600 });
        return join(folder, name);
      };
      write(files.order, JSON.stringify(order));
      const vault = ["--keystore", join(folder, files.vault), "--unlock-file", write(files.passphrase, "as long as a bench needs")];
      await keystore(folder, "init", ...vault, "--kdf-memory", "64");
      await keystore(folder, "import", ...vault, "-t", "privatekey", "--file", write("key", accountKey));
    },
    start: run,
    resume: run,
  };
}

async function keystore(folder: string, ...args: readonly string[]): Promise<void> {
  const command = { file: process.execPath, args: [fileURLToPath(new URL("bin/mfm.js", root)), "keystore", ...args] };
  const ending = await runCommand(command, folder, keystoreMs).ending;
  if (ending.kind !== "exit" || ending.code !== 0) throw new Error(`no vault: ${ending.said}`);
}
