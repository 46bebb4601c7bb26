/** Schemas of the tests' server, one for each test. */
import { randomBytes } from "node:crypto";
import { Client, type QueryResult } from "pg";
import { type PostgresServer, sharedServer } from "./servers.ts";

export interface ScratchUrl {
  /** Of a schema that is not there yet: `mfm store migrate` makes it. */
  readonly url: string;
  readonly remove: () => Promise<void>;
}

export async function scratchUrl(server?: PostgresServer): Promise<ScratchUrl> {
  const { url, crash } = server ?? (await sharedServer());
  const schema = `test_${randomBytes(8).toString("hex")}`;
  return {
    url: `${url}${url.includes("?") ? "&" : "?"}schema=${schema}`,
    // What lies on a server of the tests' own goes with it.
    remove: async () => {
      if (crash === undefined) await administer(url, `drop schema if exists ${schema} cascade`);
    },
  };
}

/** Statements of the server's administrator. */
export async function administer(url: string, ...statements: readonly string[]): Promise<QueryResult[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const results: QueryResult[] = [];
    for (const statement of statements) results.push(await client.query(statement));
    return results;
  } finally {
    await client.end();
  }
}

/** The URL with another login. */
export function loginAs(url: string, role: string, password: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/)(?:[^@/?]*@)?/, `$1${role}:${password}@`);
}
