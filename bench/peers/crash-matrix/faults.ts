/** The faults of the crash matrix: each strikes at one transaction of the task, on its way to the node. */
import type { Anvil } from "../../../test/evm/anvil.ts";
import type { SendPlan } from "../../../test/evm/send-proxy.ts";

export const faults = {
  killedBefore: "killed before the node got it",
  killedAfter: "killed after the node got it",
  errorAfter: "502 after the node got it",
  minedLater: "killed after, block mined later",
  dropped: "dropped from the pool",
} as const;

export type Fault = keyof typeof faults;

/** The transactions at which it strikes, of five: the first, one in the middle, the last. */
export const strikesAt = [1, 3, 5] as const;

/** `kill` ends the tool's process, and resolves when it is gone. */
export function planOf(fault: Fault, node: Anvil, kill: () => Promise<void>): SendPlan {
  switch (fault) {
    case "killedBefore":
      return { fault: "drop", before: kill };
    case "killedAfter":
      return { fault: "closeAfter", after: kill };
    case "errorAfter":
      return { fault: "errorAfter" };
    case "minedLater":
      return { fault: "closeAfter", before: () => node.rpc("evm_setAutomine", false), after: kill };
    case "dropped":
      return { fault: "dropFromPool" };
  }
}

/** The block with what waits comes, and those after it at once again. */
export async function mineAgain(node: Anvil): Promise<void> {
  await node.rpc("evm_setAutomine", true);
  await node.rpc("evm_mine");
}
