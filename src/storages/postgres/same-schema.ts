/** Whether two URLs lead to one store: hosts, ports and roles may differ, and a clone of a server has its system identifier. */
import { randomBytes } from "node:crypto";
import type { PostgresAddress } from "./address.ts";
import { withClient } from "./connection.ts";
import { storeFailure } from "./failure.ts";

/**
 * Whether both are the same schema of the same database: a lock that is taken over one connection is then held for the other. Any role may.
 * @throws STORE_UNAVAILABLE, STORE_DENIED
 */
export async function isSameSchema(one: PostgresAddress, other: PostgresAddress): Promise<boolean> {
  if (one.schema !== other.schema) return false;
  // Nobody else's: a lock that is held by chance would make one store of two.
  const key = randomBytes(8).readBigInt64BE().toString();
  return withConnection(one, async (take) => {
    await take(key);
    return withConnection(other, async (again) => !(await again(key)));
  });
}

type Take = (key: string) => Promise<boolean>;

/** What is taken is held until the connection ends. */
async function withConnection(address: PostgresAddress, work: (take: Take) => Promise<boolean>): Promise<boolean> {
  try {
    return await withClient(address, "care", (client) =>
      work(async (key) => {
        const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [key]);
        return rows[0]?.taken === true;
      }),
    );
  } catch (error) {
    throw storeFailure(error, address.shown, "no");
  }
}
