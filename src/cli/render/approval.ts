/** Approvals for people: what is asked for, decoded by its kind, and that it was given. */
import type { Approved } from "../../app/approvals.ts";
import { type Paint, printable } from "../paint.ts";
import { renderDocument } from "./obligations.ts";
import { describeWait, shortId } from "./run.ts";
import { renderPairs } from "./table.ts";
import { showInstant } from "./time.ts";

type Request = Extract<Approved, { kind: "document" }>["request"];

export function renderApproved(approved: Approved, paint: Paint): string {
  switch (approved.kind) {
    case "waiting":
      if (approved.requests.length > 0)
        return `${approved.requests.map((request) => renderRequest(request, paint)).join("\n\n")}\n\n${paint("dim", "agree with --account ACCOUNT; it holds for an hour then, or --expires 2d, or --until an instant")}`;
      return `nothing of this run waits for people to agree to it (${approved.run.status})`;
    case "document":
      return renderDocument(approved.document);
    case "approved": {
      const { request, expiry, run } = approved;
      const more = run.waitingFor.find((wait) => wait.kind === "approval" && wait.step === request.step);
      const next =
        more === undefined
          ? `enough people agreed: a worker goes on, or mfm run resume ${shortId(run.runId)}`
          : describeWait(more, run.runId);
      return `${renderRequest(request, paint)}\n\nagreed until ${showInstant(expiry)} UTC\nwaits for ${printable(next)}`;
    }
  }
}

function renderRequest({ step, kind, members, transaction, operators, need, have, over }: Request, paint: Paint): string {
  return renderPairs(
    [
      ["step", printable(step)],
      ["effect", kind],
      ...members.map(({ name, value }): [string, string] => [`  ${name}`, printable(value)]),
      ...(transaction === null ? [] : wordsOf(transaction)),
      ["agreed", `${have.length} of ${need}`],
      ...have.map(({ operator, expiry }): [string, string] => [`  ${operator}`, `until ${showInstant(expiry)} UTC`]),
      ...over.map(({ operator, expiry }): [string, string] => [
        `  ${operator}`,
        `over since ${showInstant(expiry)} UTC: agrees again, or does not count`,
      ]),
      ["may agree", operators.join(", ")],
    ],
    paint,
  );
}

function wordsOf({ call, deploys, value, feeAtMost }: NonNullable<Request["transaction"]>): [string, string][] {
  const called = call === null ? [] : [["calls", call.signature], ...call.arguments.map((one) => [`  ${one.name}`, one.value])];
  const made = deploys === null ? [] : [["deploys", `${deploys}, of the code and arguments whose hash is data`]];
  const pairs = [...called, ...made, ["pays", value], ["fee", `at most ${feeAtMost}`]];
  return pairs.map(([name = "", text = ""]) => [printable(name), printable(text)]);
}
