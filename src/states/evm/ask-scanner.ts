/** Asking by the scanner: code of ours that stands at an address for the time of one eth_call and gives every question gas of its own. */
import type { SourceFailed } from "../../capabilities/evm/failure.ts";
import type { MalformedAnswer } from "./answer-cursor.ts";
import { byMulticall } from "./ask-multicall.ts";
import { singly } from "./ask-singly.ts";
import type { Asked, Asker, Batch, Hex, Item, Outcome, Question, Settled, Step } from "./asking.ts";
import { askInRounds, failAll, halves, inBatches } from "./asking.ts";
import { attestationOf, checkAttestation } from "./attestation.ts";
import { type Gas, firstGas, lessGas, secondGas } from "./gas.ts";
import { type Attestation, type ScannedCall, decodeCalls, encodeCalls, expectedBeginning, scannerAddress } from "./scanner.ts";
import { scannerCode } from "./scanner-code.ts";
import { heedAtPin, uselessAnswer } from "./source-failure.ts";

export type Scan<D> =
  | { readonly kind: "scanned"; readonly decoded: D; readonly attested: boolean }
  /** More than one call can do. */
  | { readonly kind: "too_much" }
  /** The sources cannot stand in code, or what answered was not the scanner. */
  | { readonly kind: "no_scanner" }
  | SourceFailed;

/** One call of the scanner. @throws PIN_LOST, SOURCE_FAILED as the asker's rule is */
export async function scan<D extends { readonly kind: "decoded"; readonly attestation: Attestation }>(
  asker: Asker,
  data: string,
  decode: (data: string) => D | MalformedAnswer,
): Promise<Scan<D>> {
  const { chain, pin } = asker;
  const begins = expectedBeginning(data, attestationOf(pin)) as Hex;
  const answer = await chain.call({
    network: pin.network,
    at: pin.block,
    to: scannerAddress,
    data: data as Hex,
    code: scannerCode,
    begins,
  });
  switch (answer.kind) {
    case "ok": {
      const decoded = decode(answer.data);
      if (decoded.kind !== "decoded") return { kind: "no_scanner" };
      const attested = await checkAttestation(asker, decoded.attestation);
      if (attested === "other_block") return heedAtPin(asker, uselessAnswer("wrong_block"));
      return { kind: "scanned", decoded, attested: attested === "attested" };
    }
    case "out_of_gas":
    case "too_large":
      return { kind: "too_much" };
    case "reverted":
    case "no_overrides":
      return { kind: "no_scanner" };
    case "block_lost":
    case "source_failed":
      return heedAtPin(asker, answer);
  }
}

/** The outcomes of any questions; of each answer at most `maxReturn` bytes. @throws PIN_LOST, SOURCE_FAILED as the asker's rule is */
export function askAll(asker: Asker, questions: readonly Question[], maxReturn: number): Promise<Asked> {
  const items = questions.map((question, index) => ({ index, question }));
  return askInRounds(items.length, byScanner({ asker, maxReturn }, items, firstGas));
}

export interface Terms {
  readonly asker: Asker;
  /** Bytes of an answer that are wanted. */
  readonly maxReturn: number;
}

const callsPerCall = 1000;

/** Batches that ask by the scanner; a native balance, which it has no question for here, is asked singly. */
export function byScanner(terms: Terms, items: readonly Item[], gas: Gas): Batch[] {
  const calls = items.filter(({ question }) => question.kind === "call");
  const balances = items.filter(({ question }) => question.kind === "balance");
  return [...inBatches(calls, callsPerCall, (some) => batch(terms, some, gas)), ...singly(terms.asker, balances)];
}

function batch(terms: Terms, items: readonly Item[], gas: Gas): Batch {
  return async () => {
    const calls = items.flatMap(({ question }) => (question.kind === "call" ? [question] : []));
    const { asker, maxReturn } = terms;
    const found = await scan(asker, encodeCalls({ calls, gasPerCall: gas.cap, maxReturn }), (data) =>
      decodeCalls(data, { calls, maxReturn }),
    );
    switch (found.kind) {
      case "scanned":
        return settleScanned(terms, { items, gas, attested: found.attested, outcomes: found.decoded.calls.map(outcomeOf) });
      case "too_much":
        return { settled: [], open: items.length === 1 ? singly(asker, items) : halves(items, (half) => batch(terms, half, gas)) };
      case "no_scanner":
        return { settled: [], open: byMulticall(asker, items) };
      case "source_failed":
        return failAll(items, "scanner", found);
    }
  };
}

function outcomeOf(call: ScannedCall): Outcome {
  return call.kind === "returned" ? { kind: "returned", size: call.size, head: call.data as Hex } : { kind: call.kind };
}

function settle(index: number, outcome: Outcome, attested: boolean): Settled {
  return { index, outcome, way: "scanner", attested };
}

export interface ScannedItems {
  readonly items: readonly Item[];
  readonly outcomes: readonly Outcome[];
  readonly gas: Gas;
  readonly attested: boolean;
}

/** What of a scanned batch is settled, and what is asked again: who ran out of gas with more of it, the rest from where the call stopped. */
export function settleScanned(terms: Terms, { items, outcomes, gas, attested }: ScannedItems): Step {
  const settled: Settled[] = [];
  const starved: Item[] = [];
  const missed: Item[] = [];
  outcomes.forEach((outcome, at) => {
    const item = items[at] as Item;
    if (outcome.kind === "not_attempted") missed.push(item);
    else if (outcome.kind === "out_of_gas" && gas.pass === "first") starved.push(item);
    else settled.push(settle(item.index, outcome, attested));
  });
  const open = starved.length === 0 ? [] : byScanner(terms, starved, secondGas);
  if (missed.length < items.length) return { settled, open: [...open, ...byScanner(terms, missed, gas)] };
  const less = lessGas(gas);
  if (less !== undefined) return { settled, open: byScanner(terms, missed, less) };
  const last: Outcome = { kind: gas.pass === "second" ? "out_of_gas" : "not_attempted" };
  return { settled: missed.map(({ index }) => settle(index, last, attested)), open: [] };
}
