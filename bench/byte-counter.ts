/** Stands between a client and a server on loopback and counts the bytes of both directions. */
import { type AddressInfo, connect, createServer } from "node:net";

export interface ByteCounter {
  readonly url: string;
  /** By the client. */
  sent: number;
  received: number;
  readonly stop: () => void;
}

export async function countBytes(target: string): Promise<ByteCounter> {
  const { hostname, port } = new URL(target);
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.on("data", (chunk: Buffer) => (counter.sent += chunk.length));
    upstream.on("data", (chunk: Buffer) => (counter.received += chunk.length));
    client.pipe(upstream).pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on("error", () => other.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port: own } = server.address() as AddressInfo;
  const counter: ByteCounter = { url: `http://127.0.0.1:${own}`, sent: 0, received: 0, stop: () => void server.close() };
  return counter;
}
