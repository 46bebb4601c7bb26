/**
 * What the money test leaves out, because its payments are final at once: a payment is killed after it was sent, while it is included and not
 * final, and at every fault point of what may come after its first candidate: a replacement, an operator's cancel, a renewal. Another process
 * goes on: each recipient is paid exactly once by the chain's own account, or never where it was cancelled, and the history verifies. Here once for
 * each that leaves something else behind, in turns in the three lives, with every answer of a node, on both stores; the whole product is in the
 * long form.
 */
import { after, before, describe, it } from "node:test";
import { Theatre, answers } from "./case.ts";
import { playIncluded, playTakenBack } from "./included.ts";
import { type LifeName, ends, lives, playLater } from "./later-candidates.ts";
import type { LaterPoint } from "./later-points.ts";

const names = Object.keys(lives) as LifeName[];
/** After each of these the history, the signer's guard or the node holds something that they did not hold before. */
const points: readonly LaterPoint[] = [
  "prepare before",
  "EffectPrepared after",
  "seal after",
  "EffectDispatched after",
  "node before",
  "node after",
  "dispatch after",
  "EffectSettled after",
];

describe("a payment that is killed after it was sent", { timeout: 240_000, concurrency: 3 }, () => {
  const theatre = new Theatre();
  before(() => theatre.open());
  after(() => theatre.close());

  const all = points.map((point, index) => ({ point, name: names[index % names.length] ?? "cancel" }));
  for (const point of ["EffectIntended before", "EffectIntended after"] as const) all.push({ point, name: "renewal" });
  for (const [index, { name, point }] of all.entries()) {
    const answer = answers[index % answers.length] ?? "accept";
    const backend = index % 4 === 1 ? "PostgreSQL" : "SQLite";
    it(`killed at ${point} of a ${name}, which the node has a mind to ${answer}, on ${backend}: ${ends[name]}`, () =>
      playLater(theatre, { name, point, answer, backend }));
  }
  for (const [point, backend] of [
    ["EffectObserved before", "SQLite"],
    ["EffectSettled before", "PostgreSQL"],
  ] as const)
    it(`killed at ${point} of what is included and not final, on ${backend}: it is paid exactly once (case 11)`, () =>
      playIncluded(theatre, point, backend));
  it("killed while it is included, and taken back meanwhile: it is sent again as it is, and paid exactly once (case 34)", () =>
    playTakenBack(theatre, "SQLite"));
});
