/** A throwaway single-node Restate server on loopback, default storage settings (its log is fsynced), telemetry off. */
import { createRequire } from "node:module";
import { baseEnvironment } from "./lifetime.mjs";
import { freePorts, untilReady } from "./loopback.mjs";

/** @returns {Promise<{ ingress: string, admin: string }>} base addresses */
export async function startRestate(lifetime) {
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`;
  const binary = createRequire(import.meta.url).resolve(name);
  const directory = lifetime.directory("mfm-peer-restate-");
  const [node, ingressPort, adminPort] = await freePorts(3);
  const env = {
    ...baseEnvironment(),
    DO_NOT_TRACK: "1",
    RESTATE_DISABLE_TELEMETRY: "true",
    RESTATE_BASE_DIR: directory,
    RESTATE_NODE_NAME: "peer",
    RESTATE_LISTEN_MODE: "tcp",
    RESTATE_BIND_IP: "127.0.0.1",
    RESTATE_ADVERTISED_HOST: "127.0.0.1",
    RESTATE_BIND_PORT: String(node),
    RESTATE_INGRESS__BIND_PORT: String(ingressPort),
    RESTATE_ADMIN__BIND_PORT: String(adminPort),
    RESTATE_ADMIN__DISABLE_WEB_UI: "true",
    RESTATE_LOG_FILTER: "warn",
  };
  // Its data is thrown away: nothing to shut down in order.
  const server = lifetime.spawn(binary, ["--no-logo"], {
    cwd: directory,
    env,
    stopSignal: "SIGKILL",
  });
  const ingress = `http://127.0.0.1:${ingressPort}`;
  const admin = `http://127.0.0.1:${adminPort}`;
  for (const address of [`${admin}/health`, `${ingress}/restate/health`]) {
    await untilReady("restate-server", server, async () => {
      const response = await fetch(address);
      await response.text();
      if (!response.ok) throw new Error(`${address}: ${response.status}`);
    });
  }
  return { ingress, admin };
}
