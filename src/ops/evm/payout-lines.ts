/**
 * What is wrong with a list of payments, as far as the list itself says: every finding, so that a person corrects them all at once. Amounts are
 * in the asset's smallest unit.
 */
import * as z from "zod";
import { address, uint256 } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Asset } from "../../states/evm/submit-transfer.ts";

export const payoutLine = z.strictObject({
  recipient: address,
  amount: uint256,
  /** What stands for the line with whoever asked for it, such as an invoice number; the same recipient twice needs two. */
  id: z.string().min(1).max(100).optional(),
  memo: z.string().min(1).max(500).optional(),
});
export type PayoutLine = z.output<typeof payoutLine>;

export const mostLines = 10_000;

/** What is wrong with one line. `index` counts from 0. */
export interface LineFinding {
  readonly index: number;
  readonly problem: string;
}

export interface PayoutContext {
  readonly from: string;
  readonly asset: Asset;
  /** Addresses that are known by a name: look-alikes of them are refused. The sender and the other lines always are. */
  readonly known: readonly { readonly name: string; readonly address: string }[];
}

/** In the order of the lines. */
export function findProblems(lines: readonly PayoutLine[], context: PayoutContext): LineFinding[] {
  const repeats = new Repeats();
  const alike = new LookAlikes(context);
  return lines.flatMap((line, index) =>
    [...problemsOf(line, context), ...repeats.problemsOf(line, index), ...alike.problemsOf(line, index)].map((problem) => ({
      index,
      problem,
    })),
  );
}

/** @throws PAYOUT_INVALID with every finding */
export function assertPayable(lines: readonly PayoutLine[], context: PayoutContext): void {
  const findings = findProblems(lines, context);
  if (findings.length > 0) throw payoutInvalid(findings.map(({ index, problem }) => ({ line: index + 1, problem })));
}

const findingsShown = 20;
const findingsKept = 1000;

/** `line` as whoever wrote the list counts; null where the whole list is meant. */
export function payoutInvalid(findings: readonly { readonly line: number | null; readonly problem: string }[]): MfmError {
  const words = findings.slice(0, findingsShown).map(({ line, problem }) => (line === null ? problem : `line ${line}: ${problem}`));
  const more = findings.length > findingsShown ? `; and ${findings.length - findingsShown} more` : "";
  return new MfmError("PAYOUT_INVALID", `${words.join("; ")}${more}`, {
    count: findings.length,
    findings: findings.slice(0, findingsKept).map(({ line, problem }) => ({ line, problem })),
  });
}

const zero = "0x0000000000000000000000000000000000000000";

function problemsOf({ recipient, amount }: PayoutLine, { from, asset }: PayoutContext): string[] {
  const problems: string[] = [];
  if (amount === 0n) problems.push("the amount is zero");
  if (recipient === zero) problems.push("the recipient is the zero address, from which nothing comes back");
  if (recipient === from) problems.push("the recipient is the sender");
  if (asset.kind === "erc20" && recipient === asset.address)
    problems.push("the recipient is the token's own contract, from which nothing comes back");
  return problems;
}

class Repeats {
  readonly #ids = new Map<string, number>();
  /** By recipient: the first line, and whether it has an id. */
  readonly #recipients = new Map<string, { readonly index: number; readonly isNamed: boolean }>();

  problemsOf({ recipient, id }: PayoutLine, index: number): string[] {
    const problems: string[] = [];
    const sameId = id === undefined ? undefined : this.#ids.get(id);
    if (sameId !== undefined) problems.push(`the id ${JSON.stringify(id)} is that of payment ${sameId + 1} too`);
    else if (id !== undefined) this.#ids.set(id, index);
    const before = this.#recipients.get(recipient);
    if (before !== undefined && (id === undefined || !before.isNamed))
      problems.push(`the recipient is that of payment ${before.index + 1} too: where that is meant, give both an id`);
    if (before === undefined) this.#recipients.set(recipient, { index, isNamed: id !== undefined });
    return problems;
  }
}

/** People compare the first and the last digits, and somebody counts on it. */
const digitsCompared = 4;

class LookAlikes {
  /** By those digits: addresses with a name for each. */
  readonly #seen = new Map<string, { readonly name: string; readonly address: string }>();

  constructor({ from, known }: PayoutContext) {
    for (const entry of [...known, { name: "the sender", address: from }])
      if (!this.#seen.has(outline(entry.address))) this.#seen.set(outline(entry.address), entry);
  }

  problemsOf({ recipient }: PayoutLine, index: number): string[] {
    const key = outline(recipient);
    const other = this.#seen.get(key);
    if (other === undefined) this.#seen.set(key, { name: `the recipient of payment ${index + 1}`, address: recipient });
    return other === undefined || other.address === recipient ? [] : [`${recipient} looks like ${other.name}, which is ${other.address}`];
  }
}

function outline(address: string): string {
  const digits = address.slice(2).toLowerCase();
  return `${digits.slice(0, digitsCompared)}${digits.slice(-digitsCompared)}`;
}
