import type { CommandSpec } from "../command.ts";

/** `mfm store backup FILE` */
export const storeBackup: CommandSpec = {
  path: ["store", "backup"],
  summary: "copy the store to a new file while others go on working",
  arguments: [{ name: "<file>", about: "the file to make; it must not exist", completes: "file" }],
  examples: [{ line: "mfm store backup /backups/mfm-monday.db", about: "a store like any other: --store sqlite:/backups/mfm-monday.db" }],
  async run(call) {
    const { backUpStore } = await import("../../app/store-care.ts");
    const made = await backUpStore(call.place, call.argument(0));
    return { data: made, text: () => `${made.url} was copied to ${made.file}` };
  },
};
