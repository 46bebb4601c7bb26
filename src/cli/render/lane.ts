/** Lanes for people: all in a table, one with who waits and who is under way. */
import type { Explained, LaneMember, LaneRow, LaneView } from "../../app/evm/lanes.ts";
import { type Paint, printable } from "../paint.ts";
import { shortId } from "./run.ts";
import { renderPairs, renderTable } from "./table.ts";

export function renderLanes(lanes: readonly LaneRow[], paint: Paint): string {
  if (lanes.length === 0) return "no lanes";
  const rows = lanes.map(({ lane, taken, queued, next }) => [
    printable(lane),
    String(taken),
    String(queued),
    next === null ? "" : String(next),
  ]);
  return renderTable(["LANE", "UNDER WAY", "WAITING", "NEXT"], rows, paint);
}

export function renderLane({ lane, seq, next, taken, queue, queued, aside, gap, signed, unsaid }: LaneView, paint: Paint): string {
  const pairs: [string, string][] = [
    ["lane", printable(lane)],
    ["given", `${seq} so far`],
    ["next", next === null ? "nothing is known to be used up" : `${next} (everything below is used up)`],
    ["waiting", String(queued)],
  ];
  if (gap !== null) pairs.push(["gap", gapWords(gap, taken)]);
  const unclear = taken.filter(({ is }) => is === "ambiguous").map(({ slot }) => slot ?? 0);
  if (unclear.length > 0)
    pairs.push([
      "undecided",
      `what was seen of ${unclear.join(", ")} contradicts itself, so it keeps its place; once ${Math.min(...unclear)} is used up on the chain: mfm lane explain ${printable(lane)} --next ${Math.min(...unclear) + 1} --reason WHY`,
    ]);
  if (aside.some(({ because }) => because === "LANE_QUARANTINED"))
    pairs.push([
      "quarantined",
      `what was signed, or is on the chain, is not known here. Start or resume the runs that it is of: then it is. Of what no run here will do: mfm lane explain ${printable(lane)} --next N --reason WHY, and resume the run`,
    ]);
  if (unsaid !== null) pairs.push(["signed beside", `unknown: ${printable(unsaid)}`]);
  const rows = [...taken, ...queue, ...aside].map((member) => rowOf(member, aside.includes(member)));
  const table = rows.length === 0 ? "" : renderTable(["SLOT", "STANDS", "RUN", "STEP", "KNOWN BY", "RUN WAITS FOR"], rows, paint);
  return [renderPairs(pairs, paint), table, renderSigned(signed ?? [], paint)].filter((part) => part !== "").join("\n\n");
}

/** What was signed in a history that is lost, or by another store. Whoever reads "abandoned" here must not take it for never sent. */
function renderSigned(signed: NonNullable<LaneView["signed"]>, paint: Paint): string {
  if (signed.length === 0) return "";
  const rows = signed.map(({ nonce, of }) =>
    of === null ? [String(nonce), "", "", "nothing that this store has"] : [String(nonce), shortId(of.runId), printable(of.step), of.is],
  );
  return `signed, and not under way here: look on the chain for what has the nonce\n${renderTable(["NONCE", "RUN", "STEP", "STANDS HERE"], rows, paint)}`;
}

/** What is missing below what is under way, and what fills it. */
function gapWords(gap: readonly number[], [lowest]: LaneView["taken"]): string {
  if (gap.length > 0)
    return `nothing is under way with nonce ${gap.join(", ")}: whatever is sent from the account next, by mfm evm or a wallet, takes it, and what waits goes on`;
  const resume = lowest === undefined ? "" : `: mfm run resume ${shortId(lowest.runId)}`;
  return `no pool has what is under way below any more: whoever drives its run sends it again, and what waits goes on${resume}`;
}

function rowOf({ slot, place, is, runId, step, identity, waitingFor, because }: LaneMember, isAside: boolean): string[] {
  const waits = waitingFor.map((wait) => {
    if ("code" in wait) return `${wait.kind}: ${wait.code}`;
    return "why" in wait ? `${wait.kind}: ${wait.why}` : wait.kind;
  });
  return [
    slot === null ? "" : String(slot),
    isAside ? "not in the queue" : `${place} (${is})`,
    shortId(runId),
    printable(step),
    printable(identity ?? ""),
    [...new Set(waits), ...(because === null ? [] : [`because of ${because}`])].join(", "),
  ];
}

export function renderExplained({ lane, next, run }: Explained, paint: Paint): string {
  const pairs: [string, string][] = [
    ["lane", printable(lane)],
    ["next", String(next)],
    ["recorded in", run.runId],
  ];
  if (run.status === "paused") pairs.push(["to go on", `mfm run resume ${shortId(run.runId)}`]);
  pairs.push([
    "if it waits",
    `a nonce below ${next} is still free on the chain: resume its run in the store that signed it, or send anything with it from a wallet`,
  ]);
  return renderPairs(pairs, paint);
}
