/**
 * OpenTelemetry spans and metrics around runs, steps, appends and capability calls: the API only. Without an SDK that somebody registered
 * (`node --import @opentelemetry/auto-instrumentations-node/register`) nothing is loaded and nothing is measured.
 */
import type * as Otel from "@opentelemetry/api";
import type { Moment } from "../kernel/ports.ts";

type Api = Pick<typeof Otel, "context" | "metrics" | "trace" | "SpanStatusCode">;

/** Where every copy of the API keeps what an SDK registered. */
const registered = Symbol.for("opentelemetry.js.api.1");

/** A watcher, or nothing where no SDK is present. */
export async function startTelemetry(): Promise<Telemetry | undefined> {
  if (!(registered in globalThis)) return undefined;
  return new Telemetry(await import("@opentelemetry/api"), () => performance.now());
}

interface Open {
  readonly span: Otel.Span;
  readonly since: number;
}

export class Telemetry {
  readonly #api: Api;
  readonly #now: () => number;
  readonly #tracer: Otel.Tracer;
  readonly #open = new Map<string, Open>();
  readonly #counts: { readonly runs: Otel.Counter; readonly steps: Otel.Counter; readonly events: Otel.Counter };
  readonly #durations: { readonly step: Otel.Histogram; readonly append: Otel.Histogram; readonly call: Otel.Histogram };

  constructor(api: Api, now: () => number) {
    this.#api = api;
    this.#now = now;
    this.#tracer = api.trace.getTracer("mfm");
    const meter: Otel.Meter = api.metrics.getMeter("mfm");
    const duration = (name: string, description: string): Otel.Histogram => meter.createHistogram(name, { description, unit: "s" });
    this.#counts = {
      runs: meter.createCounter("mfm.runs", { description: "Drives that came to rest, by status" }),
      steps: meter.createCounter("mfm.steps", { description: "Attempts of steps, by outcome" }),
      events: meter.createCounter("mfm.events", { description: "Committed events, by type" }),
    };
    this.#durations = {
      step: duration("mfm.step.duration", "One attempt of one step"),
      append: duration("mfm.append.duration", "One commit"),
      call: duration("mfm.call.duration", "One capability call"),
    };
  }

  readonly watch = (moment: Moment): void => {
    const { runId } = moment;
    switch (moment.kind) {
      case "drive.before":
        return this.#start(runId, "mfm.run", undefined, { "mfm.run.id": runId });
      case "drive.after":
        this.#counts.runs.add(1, { status: moment.run.status, entry_point: moment.run.entryPoint });
        return this.#end(runId, moment.run.failure?.code);
      case "append.before":
        return this.#start(`${runId} append`, "mfm.append", runId, { "mfm.run.id": runId, "mfm.event.seq": moment.seq });
      case "append.after":
        for (const type of moment.types) this.#counts.events.add(1, { type });
        return this.#end(`${runId} append`, undefined, this.#durations.append);
      case "step.before":
        return this.#start(keyOf(moment), "mfm.step", runId, {
          "mfm.run.id": runId,
          "mfm.step": moment.step,
          "mfm.attempt": moment.attempt,
        });
      case "step.after":
        this.#counts.steps.add(1, { outcome: moment.failure?.code ?? "ok" });
        this.#endCalls(keyOf(moment));
        return this.#end(keyOf(moment), moment.failure?.code, this.#durations.step);
      case "call.before":
        return this.#start(callOf(moment), `${moment.capability} ${moment.method}`, keyOf(moment), {
          "mfm.run.id": runId,
          "mfm.step": moment.step,
        });
      case "call.after":
        return this.#end(callOf(moment), undefined, this.#durations.call);
      case "effect.before":
        return this.#start(callOf(moment), `mfm.effect ${moment.call}`, runId, {
          "mfm.run.id": runId,
          "mfm.step": moment.step,
          "mfm.effect": moment.effect,
        });
      case "effect.after":
        return this.#end(callOf(moment), moment.failure?.code, this.#durations.call);
    }
  };

  /** Ends what is still open: a drive that threw has no last moment. */
  close(): void {
    for (const key of [...this.#open.keys()].toReversed()) this.#end(key, "INTERRUPTED");
  }

  #start(key: string, name: string, parent: string | undefined, attributes: { readonly [name: string]: string | number }): void {
    this.#end(key, "INTERRUPTED");
    const above = parent === undefined ? undefined : this.#open.get(parent)?.span;
    const context: Otel.Context =
      above === undefined ? this.#api.context.active() : this.#api.trace.setSpan(this.#api.context.active(), above);
    this.#open.set(key, { span: this.#tracer.startSpan(name, { attributes }, context), since: this.#now() });
  }

  #end(key: string, code?: string, histogram?: Otel.Histogram): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    if (code !== undefined) open.span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: code });
    open.span.end();
    histogram?.record((this.#now() - open.since) / 1000);
  }

  /** A call that failed has no moment of its own. */
  #endCalls(step: string): void {
    for (const key of this.#open.keys()) if (key.startsWith(`${step} call`)) this.#end(key, "CAPABILITY_FAILED");
  }
}

function keyOf(moment: { readonly runId: string; readonly step: string }): string {
  return `${moment.runId} step ${moment.step}`;
}

function callOf(moment: { readonly runId: string; readonly step: string; readonly call: number | string }): string {
  return `${keyOf(moment)} call ${moment.call}`;
}
