/** `[worker]` of `mfm.toml`: how many runs a worker drives at once, and what holds for single entry points. */
import type { DefinitionId } from "../kernel/names.ts";
import type { EntryPointTerms } from "../kernel/runtime/turns.ts";
import { type TableReader, under } from "./config-table.ts";
import { failure } from "./failure.ts";
import { type Place, readVariable } from "./place.ts";
import { didYouMean } from "./suggest.ts";

export interface WorkerTable {
  readonly concurrency: number | undefined;
  readonly entryPoints: ReadonlyMap<DefinitionId, EntryPointTerms>;
}

/** A run that is driven takes memory and connections; one that waits takes neither. */
const concurrencyBounds = { min: 1, max: 1000 };
const priorityBounds = { min: -1000, max: 1000 };
const defaultConcurrency = 32;

export function readWorkerTable(value: unknown, reader: TableReader): WorkerTable {
  const table = reader.table(value, "worker", ["concurrency", "entry_points"]);
  const entryPoints = new Map<DefinitionId, EntryPointTerms>();
  for (const [id, terms] of Object.entries(reader.members(table["entry_points"], "worker.entry_points"))) {
    const at = under("worker.entry_points", id);
    const { concurrency, priority } = reader.table(terms, at, ["concurrency", "priority"]);
    entryPoints.set(id, {
      concurrency: reader.count(concurrency, `${at}.concurrency`, concurrencyBounds),
      priority: reader.count(priority, `${at}.priority`, priorityBounds),
    });
  }
  return { concurrency: reader.count(table["concurrency"], "worker.concurrency", concurrencyBounds), entryPoints };
}

/** The flag over `MFM_WORKER_CONCURRENCY` over the file. @throws CONFIG_INVALID when the variable holds no such number */
export function decideConcurrency(place: Place, flag: number | undefined, table: WorkerTable | undefined): number {
  const variable = readVariable(place, "MFM_WORKER_CONCURRENCY");
  if (flag !== undefined || variable === undefined) return flag ?? table?.concurrency ?? defaultConcurrency;
  const { min, max } = concurrencyBounds;
  const count = /^[0-9]{1,9}$/.test(variable) ? Number(variable) : Number.NaN;
  if (count >= min && count <= max) return count;
  throw failure("CONFIG_INVALID", `MFM_WORKER_CONCURRENCY is no whole number from ${min} to ${max}`, {
    variable: "MFM_WORKER_CONCURRENCY",
  });
}

/** Terms of ops that exist: those of a misspelt one would hold for nothing. @throws CONFIG_INVALID */
export function assertEntryPoints(
  table: WorkerTable,
  ops: ReadonlySet<string>,
  file: string | undefined,
): ReadonlyMap<DefinitionId, EntryPointTerms> {
  const problems = [...table.entryPoints.keys()]
    .filter((id) => !ops.has(id))
    .map((id) => ({ path: under("worker.entry_points", id), problem: `no op of this worker is called that${didYouMean(id, ops)}` }));
  if (problems.length === 0) return table.entryPoints;
  const words = problems.map(({ path, problem }) => `${path}: ${problem}`);
  throw failure("CONFIG_INVALID", `${file ?? "the configuration"}: ${words.join("; ")}`, {
    ...(file === undefined ? {} : { file }),
    problems,
  });
}
