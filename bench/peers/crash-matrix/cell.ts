/**
 * One cell of the crash matrix: a fault at the k-th transaction of the task, then the tool alone with what it knows. It passes if a run of the
 * tool ends well within its time, and the chain has everything exactly once.
 */
import { startAnvil } from "../../../test/evm/anvil.ts";
import { atTransaction, type SendProxy, startSendProxy } from "../../../test/evm/send-proxy.ts";
import { type Fault, mineAgain, planOf } from "./faults.ts";
import { chainId, type Deeds, isDoneOnce, readDeeds } from "./task.ts";
import { type Command, type Ending, runCommand, type RunningCommand, type Tool } from "./tool.ts";

export interface Strike {
  readonly fault: Fault;
  /** At which of the transactions that the tool sends, counted from 1. */
  readonly at: number;
}

export interface Outcome extends Strike {
  readonly tool: string;
  readonly passed: boolean;
  /** The first run and those after it. */
  readonly endings: readonly Ending[];
  readonly deeds: Deeds;
}

/** The run in which the fault strikes, and three more. */
const mostRuns = 4;
const runMs = 60_000;
/** How long after the start of the second run the block comes that is mined later: the tool finds its transaction still in the pool. */
const blockMs = 3_000;

/** @param folder empty: where the tool works */
export async function runCell(tool: Tool, strike: Strike, folder: string): Promise<Outcome> {
  const node = await startAnvil("--chain-id", String(chainId));
  const proxy = await startSendProxy(node.url);
  const place = { folder, url: proxy.url };
  let running: RunningCommand | undefined;
  const run = (command: Command): Promise<Ending> => {
    running = runCommand(command, folder, runMs);
    return running.ending;
  };
  try {
    await tool.prepare(place);
    const plan = planOf(strike.fault, node, async () => running?.kill());
    proxy.onSend(atTransaction(strike.at, plan));
    const endings = [await run(tool.start(place))];
    assertStruck(proxy, strike, endings);
    while (endings.length < mostRuns && !isGood(endings.at(-1))) {
      const ending = run(tool.resume(place));
      if (strike.fault === "minedLater" && endings.length === 1) {
        await Promise.race([ending, new Promise((resolve) => setTimeout(resolve, blockMs))]);
        await mineAgain(node);
      }
      endings.push(await ending);
    }
    const deeds = await readDeeds(node);
    return { ...strike, tool: tool.name, passed: isGood(endings.at(-1)) && isDoneOnce(deeds), endings, deeds };
  } finally {
    await running?.kill();
    await proxy.stop();
    await node.stop();
  }
}

const isGood = (ending: Ending | undefined): boolean => ending?.kind === "exit" && ending.code === 0;

/** A fault that did not strike would be a cell that shows nothing. */
function assertStruck({ sends }: SendProxy, { at }: Strike, [first]: readonly Ending[]): void {
  if (sends.every(({ fault }) => fault === "accept")) throw new Error(`transaction ${at} was never sent: ${first?.said}`);
}
