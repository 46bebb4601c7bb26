/**
 * Proves balances against the state root of a pinned block whose hash was recomputed from its header: evidence that trusts no provider. What
 * cannot be proven is not listed. @see https://eips.ethereum.org/EIPS/eip-1186
 */
import * as z from "zod";
import { verifyAccountProof } from "../../capabilities/evm/proof.ts";
import { type AccountProof, evmRead } from "../../capabilities/evm/read.ts";
import { MfmError } from "../../kernel/errors.ts";
import { defineState } from "../../kernel/state.ts";
import type { Asker, Hex } from "../evm/asking.ts";
import { pinned } from "../evm/pinned.ts";
import { heedAtPin, onSourceFailure, uselessAnswer } from "../evm/source-failure.ts";
import { balanceOfData } from "./ask-balances.ts";
import { type Layout, layoutsBySlot, likelyLayouts, slotOf } from "./balance-slots.ts";
import { type Proofs, type Readings, proofs, readings } from "./readings.ts";

/**
 * The balances of the readings that a state proof bears out.
 * @throws PIN_LOST when the pinned block left the canonical chain
 * @throws SOURCE_FAILED when no source answered, or only with proofs that do not verify, and `onSourceFailure` is `pause`
 * @throws BALANCE_REFUTED when a proof shows another native balance than was read
 */
export const proveBalances = defineState({
  id: "mfm.portfolio/prove-balances@1",
  effect: "read",
  needs: { chain: evmRead },
  config: z.strictObject({ onSourceFailure }),
  input: z.strictObject({ pin: pinned, readings }),
  output: proofs,
  async run({ config, input: { pin, readings: page }, chain }): Promise<Proofs> {
    const { network } = page;
    if (pin.kind !== "pinned" || pin.header !== "recomputed") return { network, proven: [] };
    const asker = { chain, pin, onSourceFailure: config.onSourceFailure };
    const tasks = tasksOf(asker, page);
    const proven: Proofs["proven"] = [];
    // In waves, so that a network that cannot prove is not asked for everything.
    for (let at = 0; at < tasks.length; at += tasksAtOnce) {
      const found = await Promise.all(tasks.slice(at, at + tasksAtOnce).map((task) => task()));
      proven.push(...found.flatMap((some) => (some === "unsupported" ? [] : some)));
      if (found.includes("unsupported")) break;
    }
    return { network, proven };
  },
});

const tasksAtOnce = 32;

type Proven = Proofs["proven"][number];
/** What was proven of one native balance, or of one token's balances. */
type Task = () => Promise<readonly Proven[] | "unsupported">;

interface Holder {
  readonly account: Hex;
  readonly value: bigint;
}

function tasksOf(asker: Asker, { readings: all }: Readings): Task[] {
  const natives: Task[] = [];
  const holdersOf = new Map<Hex, Holder[]>();
  for (const { account, asset, answer } of all) {
    if (answer.kind !== "ok" || answer.value === 0n) continue;
    const holder = { account, value: answer.value };
    if (asset.kind === "native") natives.push(() => proveNative(asker, holder));
    else holdersOf.set(asset.address, [...(holdersOf.get(asset.address) ?? []), holder]);
  }
  const knownSlots = new Map<Hex, ReadonlyMap<Hex, Layout>>();
  const layoutsAt = (account: Hex): ReadonlyMap<Hex, Layout> => {
    const known = knownSlots.get(account) ?? layoutsBySlot(account);
    knownSlots.set(account, known);
    return known;
  };
  const tokens = [...holdersOf].map(([token, holders]): Task => {
    return () => proveToken(asker, { token, holders, layoutsAt });
  });
  return [...natives, ...tokens];
}

async function proveNative(asker: Asker, { account, value }: Holder): Promise<readonly Proven[] | "unsupported"> {
  const proof = await askProof(asker, account, []);
  if (proof === undefined || proof === "unsupported") return proof ?? [];
  if (proof.balance !== value) {
    const { network } = asker.pin;
    throw new MfmError("BALANCE_REFUTED", `${network}: ${account} was read to hold ${value}, and is proven to hold ${proof.balance}`, {
      network,
      account,
      read: value.toString(),
      proven: proof.balance.toString(),
    });
  }
  return [{ account, asset: { kind: "native" } }];
}

interface Token {
  readonly token: Hex;
  readonly holders: readonly Holder[];
  readonly layoutsAt: (account: Hex) => ReadonlyMap<Hex, Layout>;
}

/** What one question for a proof may name. */
const slotsPerProof = 64;

async function proveToken(asker: Asker, { token, holders, layoutsAt }: Token): Promise<readonly Proven[] | "unsupported"> {
  const [first] = holders;
  if (first === undefined) return [];
  let layouts = await findLayouts(asker, token, { account: first.account, layoutsAt });
  const proven: Proven[] = [];
  let rest = holders;
  while (rest.length > 0 && layouts.length > 0) {
    const some = rest.slice(0, Math.floor(slotsPerProof / layouts.length));
    rest = rest.slice(some.length);
    const slots = some.flatMap(({ account }) => layouts.map((layout) => slotOf(layout, account)));
    const proof = await askProof(asker, token, slots);
    if (proof === "unsupported") return proof;
    if (proof === undefined) break;
    const values = new Map(proof.storage.map(({ slot, value }) => [slot, value]));
    const holds = (layout: Layout, { account, value }: Holder): boolean => values.get(slotOf(layout, account)) === value;
    const borneOut = some.filter((holder) => layouts.some((layout) => holds(layout, holder)));
    proven.push(...borneOut.map(({ account }): Proven => ({ account, asset: { kind: "erc20", address: token } })));
    // One token has one layout: what bore out a balance is enough for the others.
    const confirmed = layouts.filter((layout) => borneOut.some((holder) => holds(layout, holder)));
    if (confirmed.length > 0) layouts = confirmed;
  }
  return proven;
}

/** The layouts by which a token may keep its balances: those at whose slot of this account its `balanceOf` looks, where a node can say so. */
async function findLayouts(
  asker: Asker,
  token: Hex,
  { account, layoutsAt }: { readonly account: Hex; readonly layoutsAt: Token["layoutsAt"] },
): Promise<Layout[]> {
  const { chain, pin } = asker;
  const answer = await chain.accessList({ network: pin.network, at: pin.block, to: token, data: balanceOfData(account) });
  switch (answer.kind) {
    case "ok": {
      const known = layoutsAt(account);
      const slots = answer.accessed.flatMap((entry) => (entry.address === token ? entry.slots : []));
      const found = [...new Set(slots)].flatMap((slot) => known.get(slot) ?? []);
      return found.slice(0, slotsPerProof);
    }
    case "unsupported":
      return likelyLayouts();
    case "block_lost":
    case "source_failed":
      heedAtPin(asker, answer);
      return [];
  }
}

/** A proof that verifies; undefined where no source gave one and the rule is to go on. @throws PIN_LOST, SOURCE_FAILED as the asker's rule is */
async function askProof(asker: Asker, account: Hex, slots: Hex[]): Promise<AccountProof | "unsupported" | undefined> {
  const { chain, pin } = asker;
  const { network, block, stateRoot } = pin;
  const answer = await chain.proof({ network, at: block, stateRoot, account, slots });
  switch (answer.kind) {
    case "ok":
      if ((await verifyAccountProof(stateRoot, account, answer, slots)) === "proven") return answer;
      heedAtPin(asker, uselessAnswer("bad_proof"));
      return undefined;
    case "unsupported":
      return answer.kind;
    case "block_lost":
    case "source_failed":
      heedAtPin(asker, answer);
      return undefined;
  }
}
