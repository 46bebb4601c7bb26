/** Secrets of a provider's URL and headers appear nowhere: not in errors, logs, answers, nor in what objects show of themselves. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { scrubOf } from "../../src/transports/evm/secrets.ts";
import { viemProvider } from "../../src/transports/evm/viem-provider.ts";
import type { Provider } from "../../src/transports/evm/provider.ts";
import { type Anvil, startAnvil } from "./anvil.ts";
import { asking, providerAt } from "./asking.ts";
import { type FaultServer, faults, type Misbehaviour, startFaultServer } from "./fault-server.ts";
import { LeapClock } from "./leap-clock.ts";

const network = "eip155:31337";
const account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const secrets = ["canary-user", "canary+pass/word", "canary-path-key", "canary-query-key", "canary-header-token", "canary-second-header"];
const [user = "", password = "", path = "", query = "", token = "", second = ""] = secrets;
const basic = Buffer.from(`${user}:${password}`).toString("base64");
const headers = { "x-token": `Bearer ${token}`, "x-other": second };

const secretUrl = (url: string): string => {
  const made = new URL(`/v3/${path}?key=${query}`, url);
  [made.username, made.password] = [user, password];
  return made.href;
};

/** All that a person or program could see of a value. */
function show(value: unknown): string {
  const json = JSON.stringify({ value }, (_name, member: unknown) => (typeof member === "bigint" ? member.toString() : member));
  const parts = [inspect(value, { depth: 20, showHidden: true, getters: true }), json, String(value)];
  if (value instanceof Error)
    parts.push(value.message, value.stack ?? "", JSON.stringify(Object.getOwnPropertyDescriptors(value)), show(value.cause));
  return parts.join("\n");
}

function assertSilent(value: unknown, where: string): void {
  const shown = show(value);
  for (const secret of [...secrets, basic, encodeURIComponent(password)]) assert.ok(!shown.includes(secret), `${where} shows ${secret}`);
}

/** Says back everything that it was sent. */
const echo = (code: number): Misbehaviour => ({
  http(response, calls) {
    const { req } = response;
    const said = `at ${req.url} for ${user}:${password} of ${secretUrl("http://127.0.0.1")} with ${JSON.stringify(req.headers)}`;
    const answers = calls.map(({ id }) => ({ id, error: { code, message: said, data: said } }));
    response.end(JSON.stringify(answers.length === 1 ? answers[0] : answers));
    return true;
  },
});

const ways: readonly (readonly [string, Misbehaviour])[] = [
  ["an echo as other error", echo(-32000)],
  ["an echo as revert", echo(3)],
  ["an echo as limit", echo(429)],
  ["an echo as result", { answer: async () => ({ result: `${path} ${query} ${token} ${user}` }) }],
  ["an echo as text", { body: (_text, response) => `${response.req.url} ${JSON.stringify(response.req.headers)}` }],
  ["hangs", faults.hangs],
  ["truncates", faults.truncates],
  ["drops", faults.drops],
  ["garbage", faults.garbage],
  ["endless", faults.endless],
  ["wrong chain", faults.chainId(7)],
  ["ignores the block", faults.ignoresBlock],
  ["batches refused", faults.batchesOf(1)],
  ...[301, 400, 401, 403, 404, 413, 429, 500, 502, 503].map(
    (status) => [`status ${status}`, faults.status(status, { location: `/${path}`, "retry-after": "1" })] as const,
  ),
];

describe("secrets of a provider", () => {
  let node: Anvil;
  let server: FaultServer;

  before(async () => {
    node = await startAnvil();
    server = await startFaultServer(node.url);
  });
  after(async () => {
    await server.stop();
    await node.stop();
  });

  /** Every question once, each failure looked at where it is thrown, logged and answered. */
  async function exercise(provider: Provider, where: string): Promise<void> {
    const failures: unknown[] = [];
    const watched: Provider = {
      ref: provider.ref,
      request: (method, params, signal) =>
        provider.request(method, params, signal).catch((error: unknown) => {
          failures.push(error);
          throw error;
        }),
    };
    const { chain, log } = asking([watched], { clock: new LeapClock() });
    const at = { number: 0n, hash: `0x${"11".repeat(32)}` } as const;
    const answers = await Promise.all([
      chain.chainId({ network }),
      chain.block({ network, block: { kind: "tag", tag: "latest" } }),
      chain.balance({ network, at, account }),
      chain.call({ network, at, to: account, data: "0x", code: "0x00" }),
      chain.receipt({ network, transaction: at.hash }),
    ]);
    for (const seen of [provider, failures, log, answers]) assertSilent(seen, where);
    for (const failure of failures) assertSilent(failure, where);
    assert.ok(failures.length + log.length > 0, `${where}: nothing failed`);
  }

  for (const [name, way] of ways) {
    it(`stay secret: ${name}`, async () => {
      server.misbehave(way);
      const provider = providerAt(secretUrl(server.url), { headers, timeoutMs: 60, maxAnswerBytes: 200_000 });
      try {
        await exercise(provider, name);
      } finally {
        await provider.close();
      }
    });
  }

  it("stay secret where nobody listens, and where the host's name is one", async () => {
    for (const url of ["http://127.0.0.1:1", "http://canary-path-key.invalid"]) {
      const provider = providerAt(secretUrl(url), { headers, timeoutMs: 500 });
      await exercise(provider, url);
      await provider.close();
    }
  });

  it("stay secret in errors of other clients", async () => {
    const request = async (): Promise<never> => {
      const cause = Object.assign(new Error(`URL: ${secretUrl(server.url)}`), { url: secretUrl(server.url), code: -32000 });
      throw Object.assign(new Error(`failed at ${secretUrl(server.url)}`, { cause }), { details: `at ${secretUrl(server.url)}` });
    };
    await exercise(viemProvider({ request }, { ref: "viem" }), "viem");
  });

  it("the server did get them", async () => {
    server.misbehave();
    server.forget();
    const provider = providerAt(secretUrl(server.url), { headers });
    await provider.request("eth_chainId", [], new AbortController().signal);
    await provider.close();
    const [sent] = server.headers;
    assert.deepEqual([sent?.authorization, sent?.["x-token"], sent?.["x-other"]], [`Basic ${basic}`, `Bearer ${token}`, second]);
  });
});

describe("scrubOf", () => {
  const scrub = scrubOf(new URL("https://alice9:p4ss@abcdef.quiknode.pro/v3/0123456789abcdef/?key=k%2B1"), {
    authorization: "Bearer tok.en-1",
  });

  it("removes each part, however it is spelled, and any other URL", () => {
    for (const secret of [
      "p4ss",
      "abcdef.quiknode.pro",
      "0123456789abcdef",
      "0123456789ABCDEF",
      "k+1",
      "k%2B1",
      "tok.en-1",
      "wss://other/x?y",
    ])
      assert.ok(!scrub(`it is ${secret} here`).includes(secret), secret);
  });

  it("keeps the rest readable, on one line and short", () => {
    assert.equal(scrub("header not found in /v3"), "header not found in /v3");
    assert.equal(scrub("a\nb\u202ec\u0000"), String.raw`a\u{a}b\u{202e}c\u{0}`);
    assert.equal(scrub("x".repeat(1000)).length, 300);
  });
});
