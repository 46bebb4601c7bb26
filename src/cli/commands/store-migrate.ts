import type { CommandSpec } from "../command.ts";

/** `mfm store migrate` */
export const storeMigrate: CommandSpec = {
  path: ["store", "migrate"],
  summary: "make the tables of a PostgreSQL store, or bring them up to date",
  about:
    "Done by the tables' owner, in one transaction; workers only check and refuse. A SQLite file is brought up to date whenever it is opened.",
  options: [{ flags: "--grant <role>", about: "let this role use the store: it may add events and artifacts, and change or remove none" }],
  examples: [
    {
      line: "mfm store migrate --store postgres://owner@db.internal/treasury --grant mfm_worker",
      about: "the workers then connect as mfm_worker",
    },
  ],
  async run(call) {
    const { migrateStore } = await import("../../app/store-care.ts");
    const migrated = await migrateStore(call.place, call.text("grant"));
    const { url, schema, from, repaired, grantedTo } = migrated;
    const done = from === null || from === schema ? `${url} has schema ${schema}` : `${url} was brought from schema ${from} to ${schema}`;
    const lines = [
      ...(repaired === 0 ? [] : [`${repaired} put right from their histories, as mfm store sweep does`]),
      ...(grantedTo === null ? [] : [`${grantedTo} may use it`]),
    ];
    return { data: migrated, text: () => [done, ...lines].join("; ") };
  },
};
