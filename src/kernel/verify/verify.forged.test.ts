/** Re-hashed histories in which something was not recomputed: refused at the step that shows it. */
import { before, describe, it } from "node:test";
import { record } from "../../../test/kernel/record.ts";
import { addUp, audit, double, registryWithChain } from "../../../test/kernel/samples.ts";
import { artifactAt, assertRefused, eventAt, resealed, withArtifact, withValue } from "../../../test/kernel/tamper.ts";
import { digestOf, toCanonical } from "../canonical.ts";
import type { Json } from "../json.ts";
import { planOp } from "../op.ts";
import { Registry } from "../registry.ts";
import type { History } from "./history.ts";

const registry = registryWithChain();
const plan = planOp(audit, { account: "alice" });
const audited = { spec: plan.spec, configText: plan.configText };
const [balanceAt, twiceAt, childStartedAt, childAt, reportAt, endAt] = [4, 2, 7, 8, 9, 10] as const;

describe("verifyHistory: re-hashed, but not recomputed, is refused at the step", () => {
  let history: History;
  before(async () => {
    history = await record({ registry: registryWithChain(), ...audited });
  });

  it("a read whose fact says something else than its output", async () => {
    const fact = artifactAt(history, balanceAt, "data.facts.0.fact");
    await assertRefused(
      withArtifact(history, balanceAt, "data.facts.0.fact", { ...fact, response: "999" }),
      [balanceAt, "data.output.digest", /computes another output/],
      registry,
    );
  });

  it("a pure step, when a read's fact and output were changed together", async () => {
    const fact = artifactAt(history, twiceAt, "data.facts.2.fact");
    const output = artifactAt(history, twiceAt, "data.output.digest");
    const one = withArtifact(history, twiceAt, "data.facts.2.fact", { ...fact, response: "999" });
    const both = withArtifact(one, twiceAt, "data.output.digest", { ...output, second: "999" });
    await assertRefused(both, [reportAt, "data.output.digest", /computes another output/], registry);
  });

  it("a fact that another capability, method, request, format or source stands in, or that is none", async () => {
    const fact = artifactAt(history, balanceAt, "data.facts.0.fact");
    const cases: readonly (readonly [Json, RegExp])[] = [
      [{ ...fact, capability: "test.kernel/other@1" }, /does not answer the question/],
      [{ ...fact, method: "blockNumber" }, /does not answer the question/],
      [{ ...fact, request: { account: "bob" } }, /does not answer the question/],
      [{ ...fact, format: "mfm-fact/2" }, /does not answer the question/],
      [{ ...fact, note: "hello" }, /does not answer the question/],
      [{ ...fact, response: "-1" }, /does not match the capability's schema/],
      [{ ...fact, response: 30 }, /does not answer the question|does not match/],
      [{ ...fact, source: 7 }, /not a fact/],
      [[], /not a fact/],
    ];
    for (const [data, words] of cases)
      await assertRefused(withArtifact(history, balanceAt, "data.facts.0.fact", data), [balanceAt, "data.facts.0.fact", words], registry);
  });

  it("outputs, payloads, children and specs that are not what they stand for", async () => {
    const manifest = artifactAt(history, 0, "data.manifest.digest");
    const cases: readonly (readonly [number, string, Json, string, RegExp])[] = [
      [0, "data.manifest.digest", { ...manifest, scope: "elsewhere" }, "runId", /another run/],
      [0, "data.manifest.digest", { ...manifest, config: digestOf("c") }, "data.config.digest", /names another config/],
      [
        0,
        "data.manifest.digest",
        { ...manifest, parent: { runId: history.runId, step: "a" } },
        "data.manifest.digest",
        /the parent did not start/,
      ],
      [0, "data.manifest.digest", { ...manifest, note: 1 }, "data.manifest.digest", /it is no manifest/],
      [3, "data.payload.digest", "-7", "data.payload.digest", /does not match the signal's schema/],
      [3, "data.payload.digest", 7, "data.payload.digest", /does not match the signal's schema/],
      [childStartedAt, "data.config.digest", { amount: "1" }, "data.config.digest", /not what is wired/],
      [childStartedAt, "data.spec.digest", { hello: "world" }, "data.spec.digest", /not a spec of this child's op/],
      [childAt, "data.output.digest", { doubled: { total: 7 } }, "data.output.digest", /not a value of the child's output/],
      [reportAt, "data.output.digest", { total: "1" }, "data.output.digest", /computes another output/],
      [endAt, "data.output.digest", { report: { total: "1" } }, "data.output.digest", /not what the steps' outputs make/],
    ];
    for (const [seq, path, data, field, words] of cases)
      await assertRefused(withArtifact(history, seq, path, data), [seq, field, words], registry);
  });

  it("a valid payload or child's output shows where it is used", async () => {
    await assertRefused(
      withArtifact(history, 3, "data.payload.digest", "8"),
      [reportAt, "data.output.digest", /computes another output/],
      registry,
    );
    await assertRefused(
      withArtifact(history, childAt, "data.output.digest", { doubled: { total: "8" } }),
      [reportAt, "data.output.digest", /computes another output/],
      registry,
    );
  });

  it("an artifact that is not canonical, though its digest is right", async () => {
    const text = '{ "account":"alice" }';
    const manifest = artifactAt(history, 0, "data.manifest.digest");
    const named = toCanonical({ ...manifest, config: digestOf(text) });
    const tree = withValue(withValue(eventAt(history, 0), "data.config.digest", digestOf(text)), "data.manifest.digest", digestOf(named));
    await assertRefused(
      resealed(
        history,
        new Map([[0, tree]]),
        new Map([
          [digestOf(text), text],
          [digestOf(named), named],
        ]),
      ),
      [0, "artifact", /not canonical/],
      registry,
    );
  });

  it("a config that is not one of the op", async () => {
    const text = toCanonical({ account: 7 });
    const manifest = artifactAt(history, 0, "data.manifest.digest");
    const named = toCanonical({ ...manifest, config: digestOf(text) });
    const tree = withValue(withValue(eventAt(history, 0), "data.config.digest", digestOf(text)), "data.manifest.digest", digestOf(named));
    await assertRefused(
      resealed(
        history,
        new Map([[0, tree]]),
        new Map([
          [digestOf(text), text],
          [digestOf(named), named],
        ]),
      ),
      [0, "data.config.digest", /does not match the op's schema/],
      registry,
    );
  });

  it("outputs of unknown code that lack what others take from them", async () => {
    const known = new Registry(addUp, double, audit);
    await assertRefused(
      withArtifact(history, twiceAt, "data.output.digest", { first: "1" }),
      [reportAt, "data.step", /has no member second/],
      known,
    );
    await assertRefused(
      withArtifact(history, balanceAt, "data.output.digest", null),
      [childStartedAt, "data.step", /has no member balance/],
      known,
    );
  });
});
