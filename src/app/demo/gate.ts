/** A gate before a chain's JSON-RPC port, on loopback: it counts what is asked, and whoever holds it may turn a request away unanswered. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Whether a request may pass. Asked before the chain sees it. */
export type Guard = () => Promise<"pass" | "drop">;

export class Gate {
  readonly #server: Server;
  readonly #target: string;
  readonly #methods: string[] = [];
  #guard: Guard = async () => "pass";

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => void this.#serve(request, response).catch(() => response.destroy()));
  }

  /** On a free port. `target`: the chain's URL. */
  static async open(target: string): Promise<Gate> {
    const gate = new Gate(target);
    await new Promise<void>((resolve, reject) => {
      gate.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  guard(guard: Guard): void {
    this.#guard = guard;
  }

  /** The methods of the calls that passed since this was last asked, in order. */
  takeMethods(): string[] {
    return this.#methods.splice(0);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readWhole(request);
    if ((await this.#guard()) === "drop") {
      response.destroy();
      return;
    }
    this.#methods.push(...methodsIn(body));
    const answer = await fetch(this.#target, { method: "POST", headers: { "content-type": "application/json" }, body });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(Buffer.from(await answer.arrayBuffer()));
  }
}

async function readWhole(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** One call, or a batch of them. */
function methodsIn(body: Buffer): string[] {
  const calls = [JSON.parse(body.toString("utf8"))].flat() as readonly { readonly method: string }[];
  return calls.map(({ method }) => method);
}
