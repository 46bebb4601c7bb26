/**
 * A list of payments as a file: CSV with the header `recipient,amount` and, if wanted, `id` and `memo`; or JSON, a list of objects with these
 * members. Every line that cannot be paid is reported at once, with its number, before anything is planned.
 */
import { readFileSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { type Json, isJsonObject } from "../../kernel/json.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";
import { type PayoutContext, type PayoutLine, findProblems, mostLines, payoutInvalid } from "../../ops/evm/payout-lines.ts";
import { failure, reasonOf } from "../failure.ts";
import { readAddress } from "../portfolio/words.ts";
import { readAmount } from "./amount.ts";
import { readCsv } from "./csv-records.ts";

/** What a line says, before anything is made of it. */
export interface WrittenLine {
  /** Of the file, from 1; of JSON the place in the list. */
  readonly line: number;
  readonly recipient: string;
  readonly amount: string;
  readonly id: string | undefined;
  readonly memo: string | undefined;
}

interface Problem {
  readonly line: number | null;
  readonly problem: string;
}

const columns = ["recipient", "amount", "id", "memo"] as const;
type Column = (typeof columns)[number];
const required: readonly Column[] = ["recipient", "amount"];
const mostBytes = 16 * 2 ** 20;

/** @throws FILE_UNREADABLE; JSON_INVALID; PAYOUT_INVALID when the file is no list of payments */
export function readPayoutFile(file: string, folder: string): readonly WrittenLine[] {
  const text = readText(resolve(folder, file), file);
  const read = extname(file).toLowerCase() === ".json" ? linesOfJson(readStrictJson(text)) : linesOfCsv(text);
  if (read.problems.length > 0) throw payoutInvalid(read.problems);
  if (read.lines.length === 0) throw payoutInvalid([{ line: null, problem: `${file} holds no payment` }]);
  return read.lines;
}

/**
 * Payments in the asset's smallest unit.
 * @throws PAYOUT_INVALID with every line that cannot be paid
 */
export function toPayments(written: readonly WrittenLine[], decimals: number, context: PayoutContext): PayoutLine[] {
  const read = written.map((line) => readLine(line, decimals));
  const unread = read.flatMap(({ problems }, index) => problems.map((problem): Problem => ({ line: numberOf(written, index), problem })));
  // A line that cannot be read cannot be compared with others; the rest can, and a person corrects all at once.
  const readable = read.flatMap(({ payment }, index) => (payment === undefined ? [] : [{ payment, index }]));
  const found = findProblems(
    readable.map(({ payment }) => payment),
    context,
  ).map(({ index, problem }): Problem => ({ line: numberOf(written, readable[index]?.index ?? 0), problem }));
  const problems = [...unread, ...found].sort((left, right) => (left.line ?? 0) - (right.line ?? 0));
  if (problems.length > 0) throw payoutInvalid(problems);
  return readable.map(({ payment }) => payment);
}

function numberOf(written: readonly WrittenLine[], index: number): number {
  return written[index]?.line ?? index + 1;
}

function readLine(
  { recipient, amount, id, memo }: WrittenLine,
  decimals: number,
): { readonly payment?: PayoutLine; readonly problems: string[] } {
  const address = readAddress(recipient);
  const units = readAmount(amount, decimals);
  const problems = [
    ...("refused" in address ? [`the recipient ${address.refused}`] : []),
    ...("refused" in units ? [units.refused] : []),
    ...(id !== undefined && id.length > 100 ? ["the id has more than 100 characters"] : []),
    ...(memo !== undefined && memo.length > 500 ? ["the memo has more than 500 characters"] : []),
  ];
  if ("refused" in address || "refused" in units || problems.length > 0) return { problems };
  const named = { ...(id === undefined ? {} : { id }), ...(memo === undefined ? {} : { memo }) };
  return { payment: { recipient: address.ok, amount: units.ok, ...named }, problems };
}

interface Lines {
  readonly lines: readonly WrittenLine[];
  readonly problems: readonly Problem[];
}

const tooMany: Lines = { lines: [], problems: [{ line: null, problem: `there are more than ${mostLines} payments: use several runs` }] };

function linesOfCsv(text: string): Lines {
  const read = readCsv(text, mostLines + 1);
  if ("refused" in read) return { lines: [], problems: [read.refused] };
  const [header, ...records] = read.ok;
  const names = (header?.fields ?? []).map((name) => name.trim().toLowerCase());
  const wrong = headerProblem(names);
  if (wrong !== undefined) return { lines: [], problems: [{ line: header?.line ?? 1, problem: wrong }] };
  if (records.length > mostLines) return tooMany;
  const problems: Problem[] = [];
  const lines = records.flatMap(({ line, fields }) => {
    if (fields.length !== names.length) problems.push({ line, problem: `has ${fields.length} fields, and the header ${names.length}` });
    const field = (name: Column): string | undefined => fields[names.indexOf(name)]?.trim();
    return [
      { line, recipient: field("recipient") ?? "", amount: field("amount") ?? "", id: named(field("id")), memo: named(field("memo")) },
    ];
  });
  return { lines, problems };
}

function headerProblem(names: readonly string[]): string | undefined {
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length > 0)
    return `the first line must be a header with the columns ${required.join(" and ")}; ${missing.join(" and ")} is missing`;
  const unknown = names.find((name) => !columns.some((column) => column === name));
  if (unknown !== undefined) return `the column ${JSON.stringify(unknown)} is unknown (known: ${columns.join(", ")})`;
  return new Set(names).size < names.length ? "a column stands twice in the header" : undefined;
}

function named(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

function linesOfJson(json: Json): Lines {
  if (!Array.isArray(json)) return { lines: [], problems: [{ line: null, problem: "expected a list of {recipient, amount, id?, memo?}" }] };
  if (json.length > mostLines) return tooMany;
  const problems: Problem[] = [];
  const lines = (json as readonly Json[]).flatMap((item, index) => {
    const line = index + 1;
    const entry = isJsonObject(item) ? item : undefined;
    const unknown = Object.keys(entry ?? {}).filter((name) => !columns.some((column) => column === name));
    const isText = columns.every((name) => typeof entry?.[name] === "string" || (entry?.[name] === undefined && !required.includes(name)));
    if (entry === undefined || !isText)
      problems.push({ line, problem: "expected {recipient, amount, id?, memo?}, each a text: amounts too, so that no digit is lost" });
    else if (unknown.length > 0)
      problems.push({ line, problem: `${JSON.stringify(unknown[0])} is unknown (known: ${columns.join(", ")})` });
    const text = (name: Column): string | undefined => named(entry?.[name] as string | undefined);
    return [{ line, recipient: text("recipient") ?? "", amount: text("amount") ?? "", id: text("id"), memo: text("memo") }];
  });
  return { lines, problems };
}

function readText(path: string, shown: string): string {
  try {
    if (statSync(path).size > mostBytes)
      throw failure("FILE_UNREADABLE", `${shown} has more than ${mostBytes} bytes`, { file: shown, reason: "too large" });
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = reasonOf(error);
    throw failure("FILE_UNREADABLE", `${shown} cannot be read: ${reason}`, { file: shown, reason });
  }
}
