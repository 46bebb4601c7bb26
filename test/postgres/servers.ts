/**
 * The servers of the tests. One is shared by the whole suite: started by the first test that asks, and ended with the process that runs them.
 * `MFM_TEST_POSTGRES_URL` names another to use instead; its role must be allowed to create schemas and roles, and to take any role's part.
 */
import { after } from "node:test";
import { LocalServer, type ServerOptions } from "./server.ts";

export interface PostgresServer {
  /** As a store URL, without the parameter `schema`. The role may do everything. */
  readonly url: string;
  /** Ends the server's processes at once, as a crash does, and starts it again on the same data; absent for a server that is not ours. */
  readonly crash?: () => Promise<void>;
}

const started: LocalServer[] = [];
let shared: Promise<PostgresServer> | undefined;

// Here, and not where a server is started: a hook belongs to the test within which it is registered.
after(() => Promise.all(started.map((server) => server.remove())));

/** Nothing that one test does may disturb another: each has a schema of its own. */
export function sharedServer(): Promise<PostgresServer> {
  const url = process.env["MFM_TEST_POSTGRES_URL"];
  shared ??= url === undefined || url === "" ? startServer() : Promise.resolve({ url });
  return shared;
}

/** A server of the caller's own, which may be broken at will. */
export async function startServer(settings: readonly string[] = []): Promise<PostgresServer> {
  const server = newServer({ settings });
  await server.initialize();
  await server.start();
  return { url: server.url, crash: () => server.crash() };
}

/** One that is not even initialized; it ends with the process that runs the tests, and its files with it. */
export function newServer(options: ServerOptions = {}): LocalServer {
  const server = new LocalServer(options);
  started.push(server);
  return server;
}
