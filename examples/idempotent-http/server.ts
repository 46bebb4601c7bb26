/**
 * A bank on the loopback interface, with books of its own: `node server.ts [PORT]`. It moves money once per key, whatever happens to its answers;
 * and it can be told to misbehave.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";

/** What becomes of a `POST`: it is done and answered; turned away; done and never answered; done and answered with an error; taken, and booked when it is looked up. */
export type Fate = "accept" | "refuse" | "accept and hang" | "accept and fail" | "pend";

interface Entry {
  readonly id: string;
  readonly body: string;
  readonly to: string;
  readonly amount: string;
  state: "pending" | "booked" | "refused";
}

/** More than this at once is refused for good. */
const limit = 1_000_000n;

export class Bank {
  readonly name: string;
  /** Every movement of money, in order: the truth. */
  readonly movements: { readonly key: string; readonly to: string; readonly amount: bigint }[] = [];
  /** How often each key was sent. */
  readonly posts = new Map<string, number>();
  readonly #entries = new Map<string, Entry>();
  readonly #fates: Fate[];
  readonly #server: Server;

  /** `fates` of the first requests to pay, in order; after that it accepts. */
  constructor(name: string, fates: readonly Fate[] = []) {
    this.name = name;
    this.#fates = [...fates];
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Starts it; its address. */
  async open(port = 0): Promise<string> {
    await new Promise<void>((resolve) => void this.#server.listen(port, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => void this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = "/" } = request;
    const key = /^\/payments\/(.+)$/.exec(url)?.[1];
    if (method === "GET" && url === "/") return this.#answer(response, 200, {});
    if (method === "GET" && key !== undefined) return this.#look(decodeURIComponent(key), response);
    if (method === "POST" && url === "/payments") return this.#pay(request, response);
    return this.#answer(response, 404, {});
  }

  async #pay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = request.headers["idempotency-key"];
    let body = "";
    for await (const chunk of request) body += String(chunk);
    if (typeof key !== "string") return this.#answer(response, 400, { reason: "no Idempotency-Key" });
    this.posts.set(key, (this.posts.get(key) ?? 0) + 1);
    const fate = this.#fates.shift() ?? "accept";
    if (fate === "refuse") return this.#answer(response, 503, {});
    const known = this.#entries.get(key);
    if (known !== undefined && known.body !== body) return this.#answer(response, 409, {});
    const entry = known ?? this.#enter(key, body, fate);
    if (fate === "accept and hang") return;
    if (fate === "accept and fail") return this.#answer(response, 500, {});
    return this.#tell(response, entry, known === undefined ? 201 : 200);
  }

  #enter(key: string, body: string, fate: Fate): Entry {
    const { to, amount } = JSON.parse(body) as { readonly to: string; readonly amount: string };
    const state = BigInt(amount) > limit ? "refused" : "pending";
    const entry: Entry = { id: `payment-${this.#entries.size + 1}`, body, to, amount, state };
    this.#entries.set(key, entry);
    if (state === "pending" && fate !== "pend") this.#book(key, entry);
    return entry;
  }

  #book(key: string, entry: Entry): void {
    entry.state = "booked";
    this.movements.push({ key, to: entry.to, amount: BigInt(entry.amount) });
  }

  /** What is pending is booked by the time that somebody looks a second time. */
  #look(key: string, response: ServerResponse): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return this.#answer(response, 404, {});
    this.#tell(response, entry, 200);
    if (entry.state === "pending") this.#book(key, entry);
  }

  #tell(response: ServerResponse, { id, to, amount, state }: Entry, status: number): void {
    this.#answer(response, status, state === "refused" ? { state, reason: `more than ${limit} at once` } : { id, to, amount, state });
  }

  #answer(response: ServerResponse, status: number, more: object): void {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ bank: this.name, ...more }));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const bank = new Bank("acme");
  console.log(`bank acme at ${await bank.open(Number(process.argv[2] ?? 8787))}`);
}
