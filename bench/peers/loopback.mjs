/** Loopback ports and waiting for a server to answer on one. */
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { isRunning } from "./lifetime.mjs";

const READY_MS = 30_000;
const POLL_MS = 50;

/** `count` different ports that were free a moment ago: a server that loses the race for one fails and says so. */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/**
 * Polls until `probe` resolves, and returns its value.
 * @param {string} name for the error
 * @param {import("./lifetime.mjs").Owned} child gives up as soon as this process ends
 * @param {() => Promise<T>} probe
 * @template T
 */
export async function untilReady(name, child, probe) {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (!isRunning(child)) throw new Error(`${name} did not start: ${child.tail.trim()}`);
      if (performance.now() > deadline)
        throw new Error(`${name} not ready after ${READY_MS} ms: ${error.message}`);
      await sleep(POLL_MS);
    }
  }
}
