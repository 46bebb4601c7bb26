/**
 * A proxy before a real node at which the sending of transactions goes wrong: for each `eth_sendRawTransaction`, alone or in a batch, a test
 * says what becomes of it, and may do something (end a process, say) exactly before the node gets it or after the node took it. Everything
 * else passes. It is a fault server: it counts, and misbehaves in other ways besides.
 */
import type { ServerResponse } from "node:http";
import { keccak256, type Hex } from "viem";
import { type FaultServer, type Misbehaviour, type Pass, startFaultServer, type Upstream } from "./fault-server.ts";
import type { RpcAnswer, RpcCall } from "./forward.ts";

/**
 * What becomes of a transaction that is sent. The node never gets it:
 * `refuse` answers an error, `drop` ends the connection, `answersNothing` leaves it open without an answer.
 * The node gets it: `accept` gives its answer, `timeoutAfter` leaves the connection open without an answer, `closeAfter` ends the connection,
 * `errorAfter` answers HTTP 502, `dropFromPool` gives its answer after the node has forgotten the transaction again.
 * Faults of the connection are faults of the whole batch.
 */
export type SendFault = "accept" | "refuse" | "drop" | "answersNothing" | "timeoutAfter" | "closeAfter" | "errorAfter" | "dropFromPool";

export interface Send {
  /** Counted from 1, since the start or the last `forget`; the same transaction sent again counts again. */
  readonly number: number;
  readonly raw: Hex;
  readonly hash: Hex;
}

export interface SendPlan {
  readonly fault: SendFault;
  /** Done, and waited for, before the node gets it, or before the fault that keeps it from the node. */
  readonly before?: (send: Send) => Promise<void> | void;
  /** Done, and waited for, when there is an answer (the node's, or that it takes nothing), before anybody hears of it. */
  readonly after?: (send: Send, answer: RpcAnswer) => Promise<void> | void;
}

export interface SendProxy extends FaultServer {
  /** What becomes of each send from now on. */
  readonly onSend: (plan: (send: Send) => SendPlan) => void;
  /** Every send that came, and what the node said to it; null if the node never got it, or has not answered yet. */
  readonly sends: readonly (Send & { readonly fault: SendFault; readonly answer: RpcAnswer | null })[];
  /** @throws what a plan's `before` or `after` threw, or what kept a fault from being done */
  readonly stop: () => Promise<void>;
}

/** This plan for the k-th send, counted from 1; all others are accepted. */
export function atSend(number: number, plan: SendPlan): (send: Send) => SendPlan {
  return (send) => (send.number === number ? plan : { fault: "accept" });
}

/** This plan for the k-th transaction, counted from 1, when it is sent for the first time: sent again, it is accepted, as all others are. */
export function atTransaction(number: number, plan: SendPlan): (send: Send) => SendPlan {
  return atTransactions(new Map([[number, plan]]));
}

/** As `atTransaction`, with a plan for each of some. */
export function atTransactions(plans: ReadonlyMap<number, SendPlan>): (send: Send) => SendPlan {
  const seen = new Set<Hex>();
  return ({ hash }) => {
    const isNew = !seen.has(hash);
    seen.add(hash);
    return (isNew ? plans.get(seen.size) : undefined) ?? { fault: "accept" };
  };
}

/** Starts it on a free port, before the node at this URL: anvil, where transactions are to be dropped from the pool. */
export async function startSendProxy(node: string): Promise<SendProxy> {
  const server = await startFaultServer(node);
  const sends = new Sends();
  server.misbehave(sends.way);
  return {
    ...server,
    misbehave: (...ways) => server.misbehave(...ways, sends.way),
    onSend: (plan) => (sends.plan = plan),
    sends: sends.list,
    forget() {
      server.forget();
      sends.list.length = 0;
    },
    async stop() {
      await server.stop();
      await sends.rest();
    },
  };
}

/** What keeps a whole request from the node, and what keeps its answers from the client. */
const never: readonly SendFault[] = ["drop", "answersNothing"];
const unheard: readonly SendFault[] = ["timeoutAfter", "closeAfter", "errorAfter"];

interface Planned {
  readonly send: Send;
  readonly plan: SendPlan;
  readonly entry: { answer: RpcAnswer | null };
}

class Sends {
  readonly list: (Send & { readonly fault: SendFault; answer: RpcAnswer | null })[] = [];
  readonly #failures: Error[] = [];
  plan: (send: Send) => SendPlan = () => ({ fault: "accept" });
  readonly #planned = new WeakMap<RpcCall, Planned>();
  /** Sends reach the node one after another, in the order in which they came: a batch keeps its nonces in order. */
  #last: Promise<unknown> = Promise.resolve();

  readonly way: Misbehaviour = {
    http: (response, calls) => {
      const planned = calls.filter(isSend).map((call) => this.#register(call));
      const stopped = planned.find(({ plan }) => never.includes(plan.fault));
      if (stopped === undefined) return false;
      void this.#inTurn(async () => {
        for (const { plan, send } of planned) await plan.before?.(send);
        if (stopped.plan.fault === "drop") response.destroy();
      }).catch(() => response.destroy());
      return true;
    },
    answer: async (call, upstream, pass) => {
      const planned = this.#planned.get(call);
      return planned === undefined ? undefined : this.#inTurn(() => answerSend(planned, upstream, pass));
    },
    afterwards: (response, calls) => {
      const faults = calls.flatMap((call) => this.#planned.get(call)?.plan.fault ?? []);
      const fault = faults.find((name) => unheard.includes(name));
      if (fault === undefined) return false;
      endUnheard(response, fault);
      return true;
    },
  };

  /** Waits for what is being done, and throws what went wrong with it. */
  async rest(): Promise<void> {
    await this.#last;
    const [failure] = this.#failures;
    if (failure !== undefined) throw failure;
  }

  #register(call: RpcCall): Planned {
    const raw = call.params[0] as Hex;
    const send: Send = { number: this.list.length + 1, raw, hash: keccak256(raw) };
    const plan = this.plan(send);
    const entry = { ...send, fault: plan.fault, answer: null };
    this.list.push(entry);
    const planned = { send, plan, entry };
    this.#planned.set(call, planned);
    return planned;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch((error: unknown) => this.#failures.push(error instanceof Error ? error : new Error(String(error))));
    return mine;
  }
}

const isSend = ({ method, params }: RpcCall): boolean => method === "eth_sendRawTransaction" && typeof params[0] === "string";

async function answerSend({ send, plan, entry }: Planned, upstream: Upstream, pass: Pass): Promise<Omit<RpcAnswer, "id">> {
  await plan.before?.(send);
  const answer = await answerOf(plan.fault, send, { upstream, pass });
  if (plan.fault !== "refuse") entry.answer = answer;
  await plan.after?.(send, answer);
  return answer;
}

async function answerOf(fault: SendFault, send: Send, { upstream, pass }: { upstream: Upstream; pass: Pass }): Promise<RpcAnswer> {
  switch (fault) {
    case "refuse":
      return { id: null, error: { code: -32000, message: "the node does not take transactions now" } };
    case "dropFromPool":
      return withoutMining(upstream, () => passAndDrop(send, upstream, pass));
    default:
      return pass();
  }
}

/** A node that mines at once would have nothing left to drop. */
async function withoutMining<T>(upstream: Upstream, work: () => Promise<T>): Promise<T> {
  const mines = await upstream<boolean>("anvil_getAutomine");
  await upstream("evm_setAutomine", false);
  try {
    return await work();
  } finally {
    if (mines) await upstream("evm_setAutomine", true);
  }
}

async function passAndDrop({ hash }: Send, upstream: Upstream, pass: Pass): Promise<RpcAnswer> {
  const answer = await pass();
  const dropped = await upstream<string | null>("anvil_dropTransaction", hash);
  if (answer.error === undefined && dropped !== hash) throw new Error(`${hash} was not in the pool any more`);
  return answer;
}

function endUnheard(response: ServerResponse, fault: SendFault): void {
  if (fault === "closeAfter") response.destroy();
  else if (fault === "errorAfter") response.writeHead(502).end("bad gateway");
}
