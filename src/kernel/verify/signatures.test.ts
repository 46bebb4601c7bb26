/** Histories in which people signed, changed by somebody who re-hashes everything after the change: refused, or on the history's own word. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { recordedRegistry } from "../../../test/histories/recording.ts";
import { recoverSigner } from "../../../test/kernel/people.ts";
import { type Tree, bundleOf, changesOf, eventAt, resealed, withValue } from "../../../test/kernel/tamper.ts";
import { digestOf } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { Json } from "../json.ts";
import { readBundle, verifyBundle } from "./bundle.ts";
import type { History } from "./history.ts";

const folder = fileURLToPath(new URL("../../../../test/histories/v1/", import.meta.url));
const registry = recordedRegistry();
const signedTypes = ["ApprovalRecorded", "CompensationStarted", "ResolutionRecorded", "RunCompensated", "RunResolved"];

function historyOf(name: string): History {
  return readBundle(readFileSync(`${folder}${name}.ndjson`));
}

async function refusalOf(history: History): Promise<MfmError | undefined> {
  try {
    const report = await verifyBundle(bundleOf(history), registry, { recoverSigner });
    assert.equal(report.result, "verified");
    return undefined;
  } catch (error) {
    assert.ok(error instanceof MfmError, String(error));
    return error;
  }
}

/** Other values for a member, of its own kind. */
function othersFor(path: string, value: Json | undefined): readonly Json[] {
  if (typeof value === "number") return [value + 1];
  const written = typeof value === "string" ? value : "";
  const words: readonly (readonly [RegExp, readonly Json[]])[] = [
    [
      /operator$/,
      [
        "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
        "0x1563915e194D8CfBA1943570603F7606A3115508",
        "0x5CbDd86a2FA8Dc4bDdd8a8f69dBa48572EeC07FB",
      ],
    ],
    [/signature$/, [`${written.slice(0, -4)}${written.at(-4) === "0" ? "1" : "0"}${written.slice(-3)}`]],
    [/expiry$|^at$/, ["2027-01-01T00:00:00.000Z"]],
    [/(?:effect|statement|evidence|prev)$/, [digestOf("other")]],
    [/outcome$/, ["accepted", "done", "undone"]],
    [/obligation$/, ["ambiguous", "confirmed"]],
    [/why\.kind$/, ["failed", "cancelled"]],
    [/^type$/, signedTypes],
    [/step$/, ["send", "send/undo", "complain"]],
  ];
  const others = words.find(([pattern]) => pattern.test(path))?.[1] ?? ["OTHER"];
  return others.filter((other) => other !== value);
}

describe("verification of what people signed", () => {
  for (const name of ["undone", "decided"]) {
    it(`${name}: nothing that was signed, and nothing of why the run ends, can be changed`, async () => {
      const history = historyOf(name);
      const taken = new Set<string>();
      let refused = 0;
      for (const { index, path, tree } of changesOf(history, othersFor)) {
        if (!signedTypes.includes(history.events[index]?.event.type ?? "")) continue;
        if ((await refusalOf(resealed(history, new Map([[index, tree]])))) === undefined) taken.add(path);
        else refused++;
      }
      // The approvals are not at a place of the history: they name the effect. A decision is: with another clock before it, it is another.
      assert.deepEqual([...taken], ["at"]);
      assert.ok(refused > 40, `only ${refused} changes were refused`);
    });
  }

  it("a decision does not hold after another history, and neither without one of its signatures", async () => {
    const history = historyOf("decided");
    const index = history.events.findIndex(({ event }) => event.type === "ResolutionRecorded");
    const later = await refusalOf(
      resealed(history, new Map([[index - 1, { ...eventAt(history, index - 1), at: "2026-05-05T00:00:00.000Z" } as Tree]])),
    );
    assert.equal(later?.details["field"], "event.data.signatures.0.signature");
    const tree = eventAt(history, index);
    const { signatures } = tree["data"] as { signatures: Json[] };
    const alone = await refusalOf(resealed(history, new Map([[index, withValue(tree, "data.signatures", signatures.slice(1))]])));
    assert.equal(alone?.details["field"], "event.data.signatures");
    const swapped = await refusalOf(resealed(history, new Map([[index, withValue(tree, "data.signatures", signatures.toReversed())]])));
    assert.equal(swapped?.details["field"], "event.data.signatures");
  });

  it("an undo out of its order, or left out, is refused", async () => {
    const history = historyOf("undone");
    const start = history.events.findIndex(({ event }) => event.type === "CompensationStarted");
    for (const dropped of [start, start + 1, history.events.length - 2]) {
      const rest = history.events.filter((_, index) => index !== dropped);
      const events = { ...history, events: rest };
      const trees = rest.map(({ text }, seq): readonly [number, Tree] => [
        seq,
        { ...(JSON.parse(text) as Tree), seq, prev: rest[seq]?.event.prev ?? null },
      ]);
      assert.equal((await refusalOf(resealed(events, new Map(trees))))?.code, "HISTORY_INVALID", `without event ${dropped}`);
    }
  });
});
