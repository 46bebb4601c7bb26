/** A line between a store and its server that fails as lines do: it is cut before a request or after its commit, or says nothing any more. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type Server, type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What becomes of the next traffic, over whichever connection it comes:
 * `cut request`: the request does not arrive, and the connection ends; once.
 * `cut answer`: the server has done it, committed and answered; the answer does not arrive, and the connection ends; once.
 * `silence`: nothing arrives any more in either direction, and no connection ends, until it is ended.
 * `refuse`: no connection can be made, and those that are there end.
 */
export type Line = "whole" | "cut request" | "cut answer" | "silence" | "refuse";

/** ReadyForQuery outside a transaction: sent after the commit. */
const ready = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

const sync = Buffer.from([0x53, 0, 0, 0, 4]);

export class Proxy {
  readonly url: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "mfm-proxy-"));
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How often somebody waited for the server: each question ends with Sync. */
  questions = 0;
  #line: Line = "whole";
  /** The folder of the server's socket. */
  #target: string;

  /** `url` names a server by the folder of its socket. */
  constructor(url: string) {
    this.#target = folderOf(url);
    this.url = url.replace(encodeURIComponent(this.#target), encodeURIComponent(this.#folder));
    this.#server = createServer((client) => this.#carry(client, connect(join(this.#target, ".s.PGSQL.5432"))));
  }

  /** Leads to another server from now on, as a name does after a failover; connections to the one before end. */
  lead(url: string): void {
    this.#target = folderOf(url);
    for (const socket of this.#sockets) socket.destroy();
  }

  async open(): Promise<void> {
    this.#server.listen(join(this.#folder, ".s.PGSQL.5432"));
    await once(this.#server, "listening");
  }

  set line(line: Line) {
    this.#line = line;
    if (line === "refuse") for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.line = "refuse";
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #carry(client: Socket, server: Socket): void {
    const end = (): void => {
      for (const socket of [client, server]) {
        this.#sockets.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", end).on("close", end);
    }
    if (this.#line === "refuse") end();
    client.on("data", (request) => {
      if (request.subarray(-sync.length).equals(sync)) this.questions++;
      if (this.#line === "silence") return;
      if (this.#line === "cut request") {
        this.#line = "whole";
        end();
      } else server.write(request);
    });
    server.on("data", (answer) => {
      if (this.#line === "silence") return;
      if (this.#line === "cut answer") {
        if (!answer.subarray(-ready.length).equals(ready)) return;
        this.#line = "whole";
        end();
      } else client.write(answer);
    });
  }
}

function folderOf(url: string): string {
  return new URL(url.replace("@/", "@absent/")).searchParams.get("host") ?? "";
}
