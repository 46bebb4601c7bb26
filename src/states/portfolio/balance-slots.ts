/**
 * Where a token may keep the balance of an account: the slot of a mapping, derived from the account and the mapping's own slot. A slot that
 * nobody can derive proves nothing, because a token may put any number anywhere.
 * @see https://docs.soliditylang.org/en/latest/internals/layout_in_storage.html#mappings-and-dynamic-arrays
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Hex } from "../evm/asking.ts";

/** How a token arranges its balances. */
export interface Layout {
  /** `key_first` is Solidity's: keccak256(account . position). `position_first` is Vyper's. */
  readonly order: "key_first" | "position_first";
  /** The mapping's own slot. */
  readonly position: bigint;
}

/** The base of OpenZeppelin's ERC20Upgradeable, whose first member are the balances. @see https://eips.ethereum.org/EIPS/eip-7201 */
const openZeppelinBase = 0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00n;
const positions = 1024;
const likelyPositions = 16;

/** The slot of an account's balance. */
export function slotOf({ order, position }: Layout, account: Hex): Hex {
  const key = account.slice(2).toLowerCase().padStart(64, "0");
  const at = position.toString(16).padStart(64, "0");
  return `0x${Buffer.from(keccak_256(Buffer.from(order === "key_first" ? key + at : at + key, "hex"))).toString("hex")}`;
}

/** Every layout that counts, by the slot at which it has this account's balance. */
export function layoutsBySlot(account: Hex): ReadonlyMap<Hex, Layout> {
  return new Map([...layouts(positions)].map((layout) => [slotOf(layout, account), layout]));
}

/** The layouts that most tokens have, for nodes that cannot say which slots a call touches. */
export function likelyLayouts(): Layout[] {
  return [...layouts(likelyPositions)];
}

function* layouts(count: number): Generator<Layout> {
  yield { order: "key_first", position: openZeppelinBase };
  for (let position = 0n; position < count; position++) {
    yield { order: "key_first", position };
    yield { order: "position_first", position };
  }
}
