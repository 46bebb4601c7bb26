/** Asking by Multicall3, where no code can be stood in: whatever it cannot tell is asked singly, and what is too much for one call in halves. */
import { type Asker, type Batch, type Hex, type Item, type Settled, type Step, failAll, halves, inBatches } from "./asking.ts";
import { checkAttestation } from "./attestation.ts";
import { decodeMulticall, encodeMulticall, multicall3 } from "./multicall3.ts";
import { singly } from "./ask-singly.ts";
import { heedAtPin, uselessAnswer } from "./source-failure.ts";

/** About 110 kB there and 80 kB back. */
const questionsPerCall = 500;

export function byMulticall(asker: Asker, items: readonly Item[]): Batch[] {
  return inBatches(items, questionsPerCall, (some) => batch(asker, some));
}

function batch(asker: Asker, items: readonly Item[]): Batch {
  return async () => {
    const { chain, pin } = asker;
    const data = await encodeMulticall(
      items.map(({ question }) => question),
      pin.block.number,
    );
    const answer = await chain.call({ network: pin.network, at: pin.block, to: multicall3, data });
    switch (answer.kind) {
      case "ok":
        return read(asker, items, answer.data);
      case "reverted":
      case "no_overrides":
        return { settled: [], open: singly(asker, items) };
      case "out_of_gas":
      case "too_large":
        return inParts(asker, items);
      case "block_lost":
      case "source_failed":
        return failAll(items, "multicall3", heedAtPin(asker, answer));
    }
  };
}

function inParts(asker: Asker, items: readonly Item[]): Step {
  return { settled: [], open: items.length === 1 ? singly(asker, items) : halves(items, (half) => batch(asker, half)) };
}

async function read(asker: Asker, items: readonly Item[], data: Hex): Promise<Step> {
  const decoded = await decodeMulticall(data, items.length);
  if (decoded === undefined) return { settled: [], open: singly(asker, items) };
  const attested = await checkAttestation(asker, decoded.attestation);
  if (attested === "other_block") return failAll(items, "multicall3", heedAtPin(asker, uselessAnswer("wrong_block")));
  if (!decoded.isFed) return inParts(asker, items);
  const settled: Settled[] = [];
  const unclear: Item[] = [];
  decoded.results.forEach((result, at) => {
    const item = items[at] as Item;
    // An empty answer may be that of an address without code; a failure may be want of more gas than there was.
    if (result.kind === "failed" || result.size === 0) unclear.push(item);
    else settled.push({ index: item.index, outcome: result, way: "multicall3", attested: attested === "attested" });
  });
  return { settled, open: singly(asker, unclear) };
}
