/** What people have to decide about a run, in words; and what they have signed. */
import type { ObligationsView, OpenObligation, SignedDraft } from "../../app/resolutions.ts";
import { type Paint, paintStatus, printable } from "../paint.ts";
import { shortId } from "./run.ts";
import { renderPairs } from "./table.ts";

export function renderObligations(view: ObligationsView, paint: Paint): string {
  const { run, obligations, operators, need, stuck } = view;
  if (stuck.length > 0) return renderStuck(view, paint);
  if (obligations.length === 0) return `${run.runId} is ${paintStatus(paint, run.status)}: there is nothing to decide about`;
  const who = renderPairs(
    [
      ["run", `${run.runId} (${paintStatus(paint, run.status)})`],
      ...(run.failure === null ? [] : [["because", printable(`${run.failure.code} in step ${run.failure.step}`)] as const]),
      ["decide", `${need} of ${operators.join(", ")}`],
      ["next", `mfm run resolve ${shortId(run.runId)} --sign --account ACCOUNT --outcome OUTCOME --reason WHY --out FILE`],
    ],
    paint,
  );
  return [who, ...obligations.map((one) => renderObligation(one, paint))].join("\n\n");
}

/** Nothing is decided about a run before what it has sent is at rest. */
function renderStuck({ run, stuck, need, operators }: ObligationsView, paint: Paint): string {
  const id = shortId(run.runId);
  const who = renderPairs(
    [
      ["run", `${run.runId} (${paintStatus(paint, run.status)})`],
      ...(run.failure === null ? [] : [["because", printable(`${run.failure.code} in step ${run.failure.step}`)] as const]),
      ["then", `it goes on to its end by itself with a worker, or with mfm run resume ${id}`],
      ...(operators.length === 0
        ? []
        : [["decide", `${need} of ${operators.join(", ")}, about what is open then: mfm run resolve ${id}`] as const]),
    ],
    paint,
  );
  const each = stuck.map(({ step, effect, identity, why }) =>
    renderPairs(
      [
        ["step", printable(step)],
        ["effect", effect],
        ["sent as", printable(identity)],
        ["what", `it was sent, and is stuck with ${why}: it may take effect as it is, and nobody pays more for it before a person says so`],
        ["next", printable(`mfm tx replace ${identity} --max-fee-per-gas FEE --reason WHY`)],
        ["or", printable(`mfm tx cancel ${identity} --reason WHY`)],
      ],
      paint,
    ),
  );
  return [who, ...each].join("\n\n");
}

function renderObligation({ step, effect, kind, undo, evidence, contradiction }: OpenObligation, paint: Paint): string {
  const pairs: (readonly [string, string])[] = [
    ["step", printable(step)],
    ["effect", effect],
    ["what", printable(describe({ kind, undo }))],
  ];
  if (contradiction !== null) pairs.push(...contradictionPairs(contradiction));
  else if (evidence !== null) pairs.push(["evidence", printable(JSON.stringify(evidence.said))]);
  if (evidence !== null) pairs.push(["said by", printable(`${evidence.source} (${evidence.kind})`)]);
  return renderPairs(pairs, paint);
}

/** What does not fit together, then what each source says. */
export function contradictionPairs({ what, said }: NonNullable<OpenObligation["contradiction"]>): (readonly [string, string])[] {
  return [["evidence", printable(what)], ...said.map(({ source, says }) => [`  ${printable(source)}`, printable(says)] as const)];
}

function describe({ kind, undo }: Pick<OpenObligation, "kind" | "undo">): string {
  if (kind === "ambiguous")
    return "nobody can say whether it took effect: what the outside says contradicts itself. Look there before you decide";
  if (undo === null) return "it took effect, and there is nothing that undoes it";
  return undo.code === null
    ? `it took effect, and ${undo.step} was not begun`
    : `it took effect, and ${undo.step} failed with ${undo.code}`;
}

export function renderSigned({ statement, operator, signature, file }: SignedDraft, paint: Paint): string {
  return renderPairs(
    [
      ["signer", operator],
      ["at event", `${statement.seq - 1} (${statement.head})`],
      ...statement.decisions.map(({ step, outcome }): [string, string] => [outcome, printable(step)]),
      ["signature", signature],
      ...(file === null ? [] : [["written to", printable(file)] as const]),
      ["next", `mfm run resolve ${shortId(statement.runId)} --submit FILE, once for each operator's`],
    ],
    paint,
  );
}

/** As wallets take it. */
export function renderDocument(document: unknown): string {
  return JSON.stringify(document, undefined, 2);
}

export function renderResolved(run: ObligationsView["run"], paint: Paint): string {
  return `${run.runId}: ${paintStatus(paint, run.status)}`;
}
