/** The example `idempotent-http` as its README runs it: the command is killed around the request that pays, and goes on as whoever runs it would. */
import assert from "node:assert/strict";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Bank } from "../../examples/idempotent-http/server.ts";
import { Home, text } from "../e2e/mfm.ts";

const config = fileURLToPath(new URL("../../../examples/idempotent-http/mfm.toml", import.meta.url));
const lines = ["lines.0.to=ada", "lines.0.amount=12", "lines.1.to=alan", "lines.1.amount=30"];
const start = [
  "run",
  "start",
  "payments.http/pay-out@1",
  "--set",
  "bank=acme",
  ...lines.flatMap((line) => ["--set", line]),
  "--key",
  "may",
];

/** When a process is killed: before the bank gets its first payment, or after the bank has made it and before anybody hears of that. */
type When = "before" | "after";

describe("idempotent-http, killed", { timeout: 240_000 }, () => {
  it("before the bank has the payment, and resumed: the bank has made it once, and every other", () =>
    play("before", async (home, options) => {
      const runs = await home.data(["run", "list"], 0, options);
      return ["run", "resume", text(runs, "runs", 0, "runId")];
    }));

  it("after the bank has made the payment, and started again with the same key: the bank has made it once, and every other", () =>
    play("after", async () => start));
});

type Options = Required<Pick<NonNullable<Parameters<Home["data"]>[2]>, "env">>;

async function play(when: When, next: (home: Home, options: Options) => Promise<readonly string[]>): Promise<void> {
  const home = new Home();
  const bank = new Bank("acme");
  const gate = await openGate(await bank.open());
  try {
    const env = { BANK_ACME_URL: gate.address, MFM_CONFIG_FILE: config, MFM_STORE_URL: `sqlite:${home.path("payments.db")}` };
    const running = home.start(start, { env });
    let first = "";
    gate.onPayment(when, async (key) => {
      first = key;
      running.child.kill("SIGKILL");
      await running.ended;
    });
    const killed = await running.ended;
    assert.equal(killed.signal, "SIGKILL", killed.err);
    const isMade = bank.movements.some(({ key }) => key === first);
    assert.equal(isMade, when === "after");
    const data = await home.data(await next(home, { env }), 0, { env });
    assert.equal(text(data, "run", "status"), "succeeded");
    const moved = bank.movements.map(({ to, amount }) => `${to} ${amount}`);
    assert.deepEqual(moved.toSorted(), ["ada 12", "alan 30"]);
    assert.equal(bank.posts.size, 2, "a key for each payment, whoever sends it");
    assert.equal(bank.posts.get(first), when === "after" ? 2 : 1);
  } finally {
    await gate.close();
    await bank.close();
    home.remove();
  }
}

interface Gate {
  readonly address: string;
  /** What is done at the first payment, once. That payment is never answered. */
  readonly onPayment: (when: When, act: (key: string) => Promise<void>) => void;
  readonly close: () => Promise<void>;
}

/** Stands before a bank, and passes everything on. */
async function openGate(bank: string): Promise<Gate> {
  let plan: { readonly when: When; readonly act: (key: string) => Promise<void> } | undefined;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "GET", url = "/", headers } = request;
    const body = await textOf(request);
    const key = String(headers["idempotency-key"]);
    const mine = method === "POST" ? plan : undefined;
    if (method === "POST") plan = undefined;
    if (mine?.when === "before") return mine.act(key);
    const init = method === "POST" ? { method, body, headers: { "idempotency-key": key } } : {};
    const answer = await fetch(new URL(url, bank), init);
    const said = await answer.text();
    if (mine !== undefined) return mine.act(key);
    response.writeHead(answer.status, { "content-type": "application/json" }).end(said);
  };
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onPayment: (when, act) => (plan = { when, act }),
    async close() {
      const closed = new Promise((resolve) => void server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
