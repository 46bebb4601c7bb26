/** Against providers of our own behind the real API: what an SDK would be told. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as api from "@opentelemetry/api";
import { digestOf } from "../kernel/canonical.ts";
import { runIdOf } from "../kernel/names.ts";
import { Telemetry, startTelemetry } from "./telemetry.ts";

interface Ended {
  readonly name: string;
  readonly parent: string | undefined;
  readonly error: string | undefined;
}

class Recorder {
  readonly ended: Ended[] = [];
  readonly measured: string[] = [];
  readonly #names = new Map<api.Span, string>();

  get api() {
    const tracer = { startSpan: (name: string, _options: unknown, context: api.Context) => this.#span(name, api.trace.getSpan(context)) };
    const counter = (name: string) => ({
      add: (count: number, attributes?: object) => this.measured.push(`${name} ${count} ${JSON.stringify(attributes)}`),
    });
    const histogram = (name: string) => ({ record: () => this.measured.push(name) });
    const trace = { getTracer: () => tracer, setSpan: api.trace.setSpan };
    const metrics = { getMeter: () => ({ createCounter: counter, createHistogram: histogram }) };
    return { context: api.context, SpanStatusCode: api.SpanStatusCode, trace, metrics } as unknown as ConstructorParameters<
      typeof Telemetry
    >[0];
  }

  #span(name: string, parent: api.Span | undefined): api.Span {
    let error: string | undefined;
    const span = {
      setStatus: ({ message }: api.SpanStatus) => (error = message),
      end: () => this.ended.push({ name, parent: parent === undefined ? undefined : this.#names.get(parent), error }),
    } as unknown as api.Span;
    this.#names.set(span, name);
    return span;
  }
}

const runId = runIdOf(digestOf("a run"));
const step = { runId, step: "pay", attempt: 1 } as const;
const call = { runId, step: "pay", capability: "a.b/c@1", method: "get", call: 0 } as const;

describe("telemetry", () => {
  it("loads nothing where nobody registered an SDK", async () => {
    assert.equal(await startTelemetry(), undefined);
  });

  it("measures calls for effects, in their runs", () => {
    const recorder = new Recorder();
    const telemetry = new Telemetry(recorder.api, () => 0);
    const effect = { runId, step: "pay", effect: "sha256:1", call: "dispatch" } as const;
    telemetry.watch({ kind: "drive.before", runId });
    telemetry.watch({ kind: "effect.before", ...effect, timeLimitMs: 1 });
    telemetry.watch({ kind: "effect.after", ...effect, failure: { code: "CAPABILITY_FAILED", cause: undefined } });
    assert.deepEqual(recorder.ended, [{ name: "mfm.effect dispatch", parent: "mfm.run", error: "CAPABILITY_FAILED" }]);
    assert.deepEqual(recorder.measured, ["mfm.call.duration"]);
    telemetry.close();
  });

  it("nests calls in steps in runs, and closes what failed or was left open", () => {
    const recorder = new Recorder();
    const telemetry = new Telemetry(recorder.api, () => 0);
    telemetry.watch({ kind: "drive.before", runId });
    telemetry.watch({ kind: "step.before", ...step, timeLimitMs: 1 });
    telemetry.watch({ kind: "call.before", ...call });
    telemetry.watch({ kind: "step.after", ...step, failure: { code: "CAPABILITY_FAILED", cause: undefined } });
    telemetry.watch({ kind: "step.before", ...step, attempt: 2, timeLimitMs: 1 });
    telemetry.watch({ kind: "step.after", ...step, attempt: 2, failure: null });
    telemetry.close();
    assert.deepEqual(recorder.ended, [
      { name: "a.b/c@1 get", parent: "mfm.step", error: "CAPABILITY_FAILED" },
      { name: "mfm.step", parent: "mfm.run", error: "CAPABILITY_FAILED" },
      { name: "mfm.step", parent: "mfm.run", error: undefined },
      { name: "mfm.run", parent: undefined, error: "INTERRUPTED" },
    ]);
    assert.deepEqual(recorder.measured, [
      'mfm.steps 1 {"outcome":"CAPABILITY_FAILED"}',
      "mfm.step.duration",
      'mfm.steps 1 {"outcome":"ok"}',
      "mfm.step.duration",
    ]);
  });
});
