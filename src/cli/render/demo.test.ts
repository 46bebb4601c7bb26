import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DemoMoment, DemoReport } from "../../app/demo/demo.ts";
import { plain } from "../paint.ts";
import { renderDemoEnd, renderDemoMoment } from "./demo.ts";

const digest = `sha256:${"5".repeat(64)}`;
const report: DemoReport = {
  runId: `run:${"3f2a".repeat(16)}`,
  steps: { atKill: 1, total: 6 },
  calls: { beforeKill: 2, afterKill: 6, undisturbed: 8 },
  outputDigest: digest,
  head: digest,
  bundleBytes: 900,
  verified: true,
  alteredRefused: true,
  folder: null,
};

describe("demonstration, for people", () => {
  const told: readonly (readonly [DemoMoment, RegExp])[] = [
    [{ kind: "command", line: "mfm verify snapshot.ndjson" }, /^\$ mfm verify snapshot\.ndjson$/],
    [{ kind: "command", line: `mfm portfolio snapshot ${"0".repeat(90)} --chain-id 1 --prove` }, /0 \\\n {4}--chain-id 1 \\\n {4}--prove$/],
    [
      { kind: "killed", recorded: { runId: report.runId, done: ["pin"], total: 6 }, asked: 1 },
      /1 of 6 steps on record \(pin\).*\n.*1 call\./,
    ],
    [{ kind: "resumed", recorded: { runId: report.runId, done: ["pin", "read"], total: 2 }, asked: 6 }, /2 of 2 steps.*\n.*6 more calls/],
    [{ kind: "compared", shown: "a\n\nb\n", digest }, /:\n {2}a\n\n {2}b\nIts output .*sha256:5/],
    [{ kind: "refused", said: "error HISTORY_INVALID" }, /\n {2}error HISTORY_INVALID\n$/],
  ];
  for (const [moment, says] of told) it(`tells what was ${moment.kind}`, () => assert.match(renderDemoMoment(moment, plain), says));

  it("says at the end what to try next, and how to look at what was kept", () => {
    assert.match(renderDemoEnd(report, plain), /The chain and the folder are gone\.[^]*\$ mfm demo --keep/);
    const kept = renderDemoEnd({ ...report, folder: "/srv/demo" }, plain);
    assert.match(kept, /the folder is \/srv\/demo\.[^]*\$ cd \/srv\/demo && mfm run events 3f2a3f2a/);
  });
});
