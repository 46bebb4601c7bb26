/**
 * How the histories of format 1 are recorded: on the in-memory store, in virtual time, with answers that are always the same. Whoever records
 * again gets the same bytes, as long as the format and the order of events are what they were.
 */
import { implement } from "../../src/kernel/capability.ts";
import { type Definitions, Registry } from "../../src/kernel/registry.ts";
import { clock } from "../../src/capabilities/clock.ts";
import { formatInstant } from "../../src/kernel/codecs.ts";
import type { RunId } from "../../src/kernel/names.ts";
import type { Op } from "../../src/kernel/op.ts";
import type { Run } from "../../src/kernel/run.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { writeBundle } from "../../src/kernel/verify/bundle.ts";
import { readHistory } from "../../src/kernel/verify/history.ts";
import type { Wallet } from "ethers";
import { digestOf } from "../../src/kernel/canonical.ts";
import { approvalDocument } from "../../src/kernel/runtime/approve.ts";
import { resolutionDocument } from "../../src/kernel/runtime/resolve.ts";
import { operators, people, recoverSigner, sign } from "../kernel/people.ts";
import { boxedDefinitions } from "../../src/app/box.ts";
import { hello } from "../../src/ops/proof/hello.ts";
import { openModelStore } from "../../src/storages/model/model-store.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import * as v1 from "./v1/ops.ts";
import * as orders from "./v1/orders.ts";
import * as parcels from "./v1/parcels.ts";

const startOfTime = Date.parse("2026-01-01T00:00:00.000Z");
const day = 86_400_000;
const minute = 60_000;

/** Part of every run id that is recorded here, so that the ids do not depend on chance. */
export const recordedScope = "recorded";

export interface Recorded {
  readonly name: string;
  /** Lines, each ending in a newline. */
  readonly bundle: string;
  readonly run: Run;
}

/** The code that the recorded histories were made with. */
export function recordedRegistry(...backends: readonly Definitions[]): Registry {
  const boxed = boxedDefinitions().filter((definition) => definition.type !== "backend");
  return new Registry(...boxed, v1, orders, parcels, ...backends);
}

/** A value of every kind, as a person writes it in a configuration: not all of it canonical. */
const all = {
  big: "-340282366920938463463374607431768211456",
  wei: "115792089237316195423570985008687907853269984665640564039457584007913129639935",
  price: "-0.00000100",
  owner: "0xd8da6bf26964af9d7eed9e03e53415d37aa96045",
  transaction: `0x${"AB".repeat(32)}`,
  data: "0x",
  at: "2024-02-29T23:59:59.999Z",
  network: "eip155:1",
  source: `sha256:${"0".repeat(64)}`,
  count: -5,
  isOpen: false,
  nothing: null,
  side: "sell",
  tags: ["", "\u00e9", "e\u0301", "\u{1f600}", '"\\\n\u007f'],
  byName: { "\ufb33": "4", "\u{1f600}": "3", b: "2", a: "1" },
  outcome: { kind: "filled", amount: 0 },
};

/** Records every history of format 1. */
export async function recordHistories(): Promise<readonly Recorded[]> {
  const recorder = new Recorder();
  await recorder.hello();
  await recorder.errand();
  await recorder.refused();
  await recorder.stuck();
  await recorder.cancelled();
  await recorder.orders();
  await recorder.parcels();
  return recorder.recorded;
}

class Recorder {
  readonly recorded: Recorded[] = [];
  readonly #clock = new VirtualClock(startOfTime);
  readonly #runtime: Runtime;

  constructor() {
    const store = openModelStore({ clock: () => this.#clock.now() });
    Object.defineProperty(store, "scope", { value: recordedScope });
    const registry = recordedRegistry(
      implement(clock, { now: () => formatInstant(this.#clock.now()) }),
      v1.movingMarket(),
      orders.scriptedShop(),
      parcels.plainCarrier(),
    );
    this.#runtime = new Runtime({ store, registry, clock: this.#clock, random: () => 0, owner: "recorder", recoverSigner });
  }

  async hello(): Promise<void> {
    await this.#keep("hello", await this.#start(hello, {}, "hello"));
  }

  /** Retried, paused, resumed, made to wait, signalled, and with a child. */
  async errand(): Promise<void> {
    const { runId } = await this.#start(v1.errand, { pair: "ETH-USD", all }, "errand");
    const payload = { approved: true, limit: "1000000000000000000" };
    this.#clock.timer(
      15 * minute,
      () => void this.#runtime.signal(runId, "approval", payload, { actor: "grace", reason: "within budget" }),
    );
    await this.#inTime(this.#runtime.resume(runId, { actor: "ada", reason: "the market is open" }));
    await this.#keep("errand", { runId });
    await this.#keep("errand-child", await this.#childOf(runId));
  }

  /** Failed for good, and failed because its child did. */
  async refused(): Promise<void> {
    const { runId } = await this.#start(v1.refusedParent, {}, "refused");
    await this.#keep("refused", { runId });
    await this.#keep("refused-child", await this.#childOf(runId));
  }

  /** Waits for an answer that never comes, and is cancelled. */
  async stuck(): Promise<void> {
    const runId = await this.#admit(v1.ask, "stuck");
    await this.#drive(runId);
    await this.#runtime.cancel(runId, { actor: "ada", reason: "nobody answers" });
    await this.#keep("stuck", { runId });
  }

  /** Cancelled while it waits for a child, which is cancelled with it. */
  async cancelled(): Promise<void> {
    const runId = await this.#admit(v1.askParent, "cancelled");
    await this.#drive(runId);
    await this.#runtime.cancel(runId, { actor: "ada", reason: "asked by mistake" });
    await this.#keep("cancelled", { runId });
    await this.#keep("cancelled-child", await this.#childOf(runId));
  }

  /** Runs that write: through everything that may be seen of an effect; given up and driven to rest by a cancel; and ends that are none. */
  async orders(): Promise<void> {
    await this.#keep("ordered", await this.#start(orders.shop, { items: ["book"] }, "ordered"));
    const runId = await this.#admit(orders.shop, "called-off", { items: ["lamp", "unicorn"] });
    await this.#drive(runId);
    await this.#runtime.cancel(runId, { actor: "ada", reason: "found one in the attic" });
    await this.#inTime(this.#runtime.drive(runId, { idle: "stay", takeOver: true, signal: new AbortController().signal }));
    await this.#keep("called-off", { runId });
    for (const item of ["broken", "dodo", "mirage"]) await this.#keep(item, await this.#start(orders.shop, { items: [item] }, item));
  }

  /** Agreed to and undone; and decided about, because nobody can say whether it was undone. */
  async parcels(): Promise<void> {
    for (const [name, item] of [
      ["undone", "vase"],
      ["decided", "mirror"],
    ] as const) {
      const { runId } = await this.#start(parcels.mailOrder, { operators, item }, name);
      for (const who of [people.ann, people.bob]) await this.#approve(runId, who);
      await this.#inTime(this.#runtime.resume(runId, { actor: "ada", reason: "two have agreed" }));
      if (name === "decided") await this.#decide(runId);
      await this.#keep(name, { runId });
    }
  }

  async #approve(runId: RunId, who: Wallet): Promise<void> {
    const [request] = await this.#runtime.approvals(runId);
    if (request === undefined) throw new Error(`${runId} waits for nobody`);
    const expiry = "2026-02-01T00:00:00.000Z";
    const signature = await sign(who, approvalDocument(request, expiry));
    await this.#runtime.approve({ runId, step: request.step, expiry, signature });
  }

  async #decide(runId: RunId): Promise<void> {
    const words = { reason: "found at the neighbour's", outcomes: {}, all: "undone", evidence: digestOf("a photograph") } as const;
    const statement = await this.#runtime.draftResolution(runId, words);
    const signed = await Promise.all(
      [people.bob, people.cem].map(async (who) => ({
        statement,
        operator: who.address,
        signature: await sign(who, resolutionDocument(statement)),
      })),
    );
    await this.#runtime.resolve(runId, signed);
  }

  /** Drives a new run until it ends or stands still. */
  async #start(op: object, config: unknown, key: string): Promise<Run> {
    return (await this.#inTime(this.#runtime.startUntyped(op as Op, config, { key }))).run;
  }

  async #admit(op: object, key: string, config: unknown = {}): Promise<RunId> {
    return (await this.#runtime.startUntyped(op as Op, config, { key, detach: true })).run.runId;
  }

  /** Does what can be done at once. */
  async #drive(runId: RunId): Promise<void> {
    await this.#inTime(this.#runtime.drive(runId, { idle: "leave", takeOver: true, signal: new AbortController().signal }));
  }

  /** Lets time pass until the work is done. */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const settled = work.finally(() => (done = true));
    await this.#clock.run(() => done, this.#clock.now() + day);
    return settled;
  }

  async #childOf(parent: RunId): Promise<Run> {
    const [child] = await this.#runtime.store.listRuns({ parent, limit: 1 });
    if (child === undefined) throw new Error(`${parent} has no child`);
    return child.run;
  }

  async #keep(name: string, { runId }: { readonly runId: RunId }): Promise<void> {
    const history = await readHistory(this.#runtime.store, runId);
    this.recorded.push({ name, bundle: [...writeBundle(history)].join(""), run: await this.#runtime.status(runId) });
  }
}
