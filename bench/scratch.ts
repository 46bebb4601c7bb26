/** Folders for databases, under the system's temporary folder, and gone when this process is. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();

/** Works in a folder that is removed afterwards. It must lie on the disk whose figures are wanted: `TMPDIR` says where. */
export async function inScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "mfm-bench-"));
  folders.add(folder);
  try {
    return await work(folder);
  } finally {
    remove(folder);
  }
}

/** Also on an interrupt nothing stays behind. */
export function removeScratchOnExit(): void {
  process.once("exit", () => {
    for (const folder of folders) remove(folder);
  });
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  folders.delete(folder);
}
