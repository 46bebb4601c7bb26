/**
 * A JSON-RPC server on loopback that stands before a real node and misbehaves as it is told: `faults` holds the named ways, and a test may
 * write its own. It counts what is asked of it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { request } from "undici";

export interface RpcCall {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

export interface RpcAnswer {
  readonly id: number | null;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** Calls the node itself. */
export type Upstream = <T = unknown>(method: string, ...params: unknown[]) => Promise<T>;

/** Passes a call on to the node, and gives its whole answer, an error included. */
export type Pass = () => Promise<RpcAnswer>;

export interface Misbehaviour {
  /** Instead of answering: takes over the whole HTTP request. Returns false to let it pass. */
  readonly http?: (response: ServerResponse, calls: readonly RpcCall[]) => boolean;
  /** Answers a call itself; undefined leaves it to the node. */
  readonly answer?: (call: RpcCall, upstream: Upstream, pass: Pass) => Promise<Omit<RpcAnswer, "id"> | undefined>;
  /** Changes what a call asks. */
  readonly ask?: (call: RpcCall) => RpcCall;
  /** Changes the list of answers to a batch. */
  readonly batch?: (answers: readonly RpcAnswer[]) => readonly RpcAnswer[];
  /** Instead of sending the answers that are there: takes over the HTTP response. Returns false to let them go. */
  readonly afterwards?: (response: ServerResponse, calls: readonly RpcCall[]) => boolean;
  /** Changes the body that is sent. */
  readonly body?: (text: string, response: ServerResponse) => Buffer | string;
}

export interface FaultServer {
  readonly url: string;
  /** How it misbehaves from now on; `{}`: not at all. */
  misbehave: (...ways: readonly Misbehaviour[]) => void;
  /** Calls by method, since the start or the last `forget`. */
  readonly calls: ReadonlyMap<string, number>;
  /** The HTTP requests, each with its calls. */
  readonly requests: readonly (readonly RpcCall[])[];
  readonly headers: readonly IncomingMessage["headers"][];
  readonly forget: () => void;
  readonly stop: () => Promise<void>;
}

/** Starts it on a free port, before the node at this URL. */
export async function startFaultServer(node: string): Promise<FaultServer> {
  let ways: readonly Misbehaviour[] = [];
  const calls = new Map<string, number>();
  const requests: (readonly RpcCall[])[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parsed = JSON.parse(await readAll(request)) as RpcCall | readonly RpcCall[];
    const asked = "method" in parsed ? [parsed] : parsed;
    requests.push(asked);
    headers.push(request.headers);
    for (const { method } of asked) calls.set(method, (calls.get(method) ?? 0) + 1);
    if (ways.some(({ http }) => http?.(response, asked) === true)) return;
    const answers = await Promise.all(asked.map((call) => answerTo(call, ways, node)));
    if (ways.some(({ afterwards }) => afterwards?.(response, asked) === true)) return;
    const sent = ways.reduce((list, { batch }) => batch?.(list) ?? list, answers as readonly RpcAnswer[]);
    const body = JSON.stringify("method" in parsed ? sent[0] : sent);
    response.setHeader("content-type", "application/json");
    response.end(ways.reduce<Buffer | string>((out, way) => way.body?.(String(out), response) ?? out, body));
  };
  // A client that went away is no failure of the server.
  const server = createServer((asked, response) => void handle(asked, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    misbehave: (...next) => (ways = next),
    calls,
    requests,
    headers,
    forget() {
      calls.clear();
      requests.length = 0;
      headers.length = 0;
    },
    async stop() {
      const closed = new Promise((resolve) => void server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerTo(call: RpcCall, ways: readonly Misbehaviour[], node: string): Promise<RpcAnswer> {
  const upstream: Upstream = async (method, ...params) => (await forward(node, { id: 1, method, params })).result as never;
  const pass: Pass = () =>
    forward(
      node,
      ways.reduce((asked, { ask }) => ask?.(asked) ?? asked, call),
    );
  for (const { answer } of ways) {
    const own = await answer?.(call, upstream, pass);
    if (own !== undefined) return { ...own, id: call.id };
  }
  return pass();
}

/** Calls that are to go on to a node, gathered until those who ask at once have asked: they go in one request. */
const gathered = new Map<
  string,
  { readonly call: RpcCall; readonly resolve: (answer: RpcAnswer) => void; readonly reject: (error: unknown) => void }[]
>();

function forward(node: string, call: RpcCall): Promise<RpcAnswer> {
  return new Promise((resolve, reject) => {
    const waiting = gathered.get(node);
    if (waiting !== undefined) return void waiting.push({ call, resolve, reject });
    const together = [{ call, resolve, reject }];
    gathered.set(node, together);
    setImmediate(() => {
      gathered.delete(node);
      const calls = together.map((one, id) => ({ jsonrpc: "2.0", ...one.call, id }));
      ask(node, calls).then(
        (answers) => together.forEach((one, id) => one.resolve({ ...answers.find((answer) => answer.id === id), id: one.call.id })),
        (error: unknown) => together.forEach((one) => one.reject(error)),
      );
    });
  });
}

async function ask(node: string, calls: readonly RpcCall[]): Promise<readonly RpcAnswer[]> {
  const { body } = await request(node, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(calls) });
  return (await body.json()) as readonly RpcAnswer[];
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

const refusal = (code: number, message: string) => ({ error: { code, message } });

/** Where a method has its block. */
const blockPosition: Readonly<Record<string, number>> = {
  eth_getBlockByNumber: 0,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getTransactionCount: 1,
  eth_call: 1,
  eth_createAccessList: 1,
  eth_getProof: 2,
};

const blockOf = ({ method, params }: RpcCall): unknown => params[blockPosition[method] ?? -1];
const isHashForm = (block: unknown): block is { readonly blockHash: string } => typeof block === "object" && block !== null;

/** The named ways to misbehave. */
export const faults = {
  /** Says that it is on another chain. */
  chainId: (chainId: number): Misbehaviour => ({
    answer: async ({ method }) => (method === "eth_chainId" ? { result: `0x${chainId.toString(16)}` } : undefined),
  }),

  /** Answers everything about the newest block. */
  ignoresBlock: {
    ask: (call) => {
      const at = blockPosition[call.method];
      return at === undefined ? call : { ...call, params: call.params.with(at, "latest") };
    },
  } satisfies Misbehaviour,

  /** Is this many blocks behind the node. */
  lags: (blocks: number): Misbehaviour => ({
    async answer(call, upstream) {
      const head = Number(await upstream<string>("eth_blockNumber")) - blocks;
      const block = blockOf(call);
      if (call.method === "eth_blockNumber") return { result: `0x${head.toString(16)}` };
      if (block === undefined) return undefined;
      if (isHashForm(block)) {
        const found = await upstream<{ readonly number: string } | null>("eth_getBlockByHash", block.blockHash, false);
        return found === null || Number(found.number) > head ? refusal(-32000, "header not found") : undefined;
      }
      const isTag = typeof block === "string" && !block.startsWith("0x");
      if (call.method === "eth_getBlockByNumber" && isTag)
        return { result: await upstream(call.method, `0x${head.toString(16)}`, call.params[1]) };
      if (isTag || Number(block) <= head) return undefined;
      return call.method === "eth_getBlockByNumber" ? { result: null } : refusal(-32000, "header not found");
    },
  }),

  /** Answers 200 with something that is no JSON. */
  garbage: { body: () => "<html>it works</html>" } satisfies Misbehaviour,

  /** Answers every call with the same wrong value. */
  nonsense: (result: unknown, ...methods: readonly string[]): Misbehaviour => ({
    answer: async ({ method }) => (methods.length === 0 || methods.includes(method) ? { result } : undefined),
  }),

  /** Answers these methods, or all, with an error. */
  refuses: (
    error: { readonly code: number; readonly message: string; readonly data?: unknown },
    ...methods: readonly string[]
  ): Misbehaviour => ({
    answer: async ({ method }) => (methods.length === 0 || methods.includes(method) ? { error } : undefined),
  }),

  /** Never answers. */
  hangs: { http: () => true } satisfies Misbehaviour,

  /** Misbehaves in this way for so many requests, and then no more. */
  atFirst: (requests: number, { http }: Required<Pick<Misbehaviour, "http">>): Misbehaviour => {
    let left = requests;
    return { http: (response, calls) => left-- > 0 && http(response, calls) };
  },

  /** Answers with a status of HTTP. */
  status: (status: number, headers: Readonly<Record<string, string>> = {}) =>
    ({
      http(response) {
        response.writeHead(status, headers).end("no");
        return true;
      },
    }) satisfies Misbehaviour as Required<Pick<Misbehaviour, "http">>,

  /** Ends the connection in the middle of its answer. */
  truncates: {
    http(response) {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"jsonrpc":"2.0",', () => response.destroy());
      return true;
    },
  } satisfies Misbehaviour,

  /** Ends the connection without an answer. */
  drops: {
    http(response) {
      response.destroy();
      return true;
    },
  } satisfies Misbehaviour,

  /** Sends an answer without end. */
  endless: {
    http(response) {
      const chunk = Buffer.alloc(65_536, " ");
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
      return true;
    },
  } satisfies Misbehaviour,

  /** Gives the answers to a batch in reverse order. */
  reverses: { batch: (answers) => answers.toReversed() } satisfies Misbehaviour,

  /** Leaves every second answer to a batch out. */
  loses: { batch: (answers) => (answers.length === 1 ? answers : answers.filter((_, index) => index % 2 === 0)) } satisfies Misbehaviour,

  /** Refuses batches of more calls than this, in the words of a provider. */
  batchesOf: (most: number, code = -32600, message = "batch too large"): Misbehaviour => ({
    http(response, calls) {
      if (calls.length <= most) return false;
      response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code, message } }));
      return true;
    },
  }),

  /** Does not know EIP-1898. */
  numbersOnly: {
    answer: async (call) =>
      isHashForm(blockOf(call))
        ? refusal(-32602, "invalid argument 1: json: cannot unmarshal object into Go value of type string")
        : undefined,
  } satisfies Misbehaviour,

  /** Does not know state overrides, and says so, or acts as if they were not there. */
  noOverrides: (how: "refuses" | "ignores"): Misbehaviour => ({
    answer: async ({ method, params }) =>
      how === "refuses" && method === "eth_call" && params.length > 2 ? refusal(-32602, "too many arguments, want at most 2") : undefined,
    ask: (call) => (call.method === "eth_call" ? { ...call, params: call.params.slice(0, 2) } : call),
  }),

  /** Packs its answers. */
  gzips: {
    body(text, response) {
      response.setHeader("content-encoding", "gzip");
      return gzipSync(text);
    },
  } satisfies Misbehaviour,
};
