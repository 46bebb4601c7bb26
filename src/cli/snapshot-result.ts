/** What `mfm portfolio snapshot` leaves behind: the table and the file of a snapshot, or why there is none and how to go on. */
import { countOf } from "../app/count.ts";
import { locateCsv, writeCsv } from "../app/portfolio/csv-file.ts";
import type { ShownSnapshot } from "../app/portfolio/stored-snapshot.ts";
import type { TakenSnapshot } from "../app/portfolio/take-snapshot.ts";
import type { Call } from "./call.ts";
import type { Result } from "./command.ts";
import { printable } from "./paint.ts";
import { showPath } from "./render/path.ts";
import { renderRun, shortId } from "./render/run.ts";
import { type SnapshotView, renderSnapshot } from "./render/snapshot.ts";

/** `csv`: the file to make, absolute. @throws FILE_EXISTS, FILE_UNWRITABLE */
export function presentSnapshot(call: Call, taken: TakenSnapshot, csv: string | undefined): Result {
  const { run, output, reasons, snapshot, prepared } = taken;
  const data = { run, output, reasons };
  if (snapshot === null) return { data, text: () => renderUnfinished(call, taken) };
  const names = new Map(prepared.networks.map(({ id, name }) => [id as string, name]));
  return { data, text: tableOf(call, { snapshot, run, names, symbols: listedSymbols(prepared) }, csv) };
}

/** @throws FILE_EXISTS, FILE_UNWRITABLE */
export function presentStored(call: Call, { run, output, snapshot, names }: ShownSnapshot): Result {
  const file = call.text("csv");
  const csv = file === undefined ? undefined : locateCsv(call.place, file);
  return { data: { run, output }, text: tableOf(call, { snapshot, run, names, symbols: new Map() }, csv) };
}

/** Writes the file at once, whatever the format. */
function tableOf(call: Call, view: Pick<SnapshotView, "snapshot" | "run" | "names" | "symbols">, csv: string | undefined): () => string {
  const all = call.has("all");
  const written = csv === undefined ? undefined : describeFile(call, csv, writeCsv(csv, view.snapshot, all));
  return () => renderSnapshot({ ...view, all, csv: written, paint: call.terminal.paint });
}

function listedSymbols({ request }: TakenSnapshot["prepared"]): ReadonlyMap<string, string> {
  return new Map(
    request.networks.flatMap(({ network, tokens }) =>
      tokens.flatMap(({ address, symbol }) => (symbol === undefined ? [] : [[`${network} ${address}`, symbol] as const])),
    ),
  );
}

function describeFile(call: Call, path: string, bytes: number): string {
  return `${printable(showPath(path, call.place.folder))} (${countOf(bytes, "byte")})`;
}

function renderUnfinished(call: Call, { run, causes, ending, reasons, resumeVariable }: TakenSnapshot): string {
  const { paint } = call.terminal;
  const lines = [
    renderRun({ run, driver: null, causes, ending }, paint),
    ...reasons.map((reason) => `${paint("red", "source")}  ${printable(reason)}`),
  ];
  // The flag's URL is recorded nowhere: whoever goes on with the run needs it again.
  const isOpen = run.outputs === null && run.failure === null && ending === null;
  if (isOpen && resumeVariable !== null)
    lines.push(`to go on, with the URL of --rpc in the environment: ${resumeVariable}=URL mfm run resume ${shortId(run.runId)}`);
  return lines.join("\n");
}
