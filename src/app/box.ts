/** What is in the box: the definitions that every MFM has. A module that a person names is added to these; there is no other registry. */
import type { Definitions } from "../kernel/registry.ts";
import { snapshot } from "../ops/portfolio/snapshot.ts";
import { hello } from "../ops/proof/hello.ts";
import { pinBlock } from "../states/evm/pin-block.ts";
import { makeReport } from "../states/portfolio/make-report.ts";
import { proveBalances } from "../states/portfolio/prove-balances.ts";
import { readFeed } from "../states/portfolio/read-feed.ts";
import { scanBalances } from "../states/portfolio/scan-balances.ts";
import { valueHoldings } from "../states/portfolio/value-holdings.ts";
import { greet } from "../states/proof/greet.ts";
import { joinGreetings } from "../states/proof/join-greetings.ts";
import { readClock } from "../states/time/read-clock.ts";
import { machineClock } from "../transports/clock.ts";
import { machineTime } from "./machine.ts";

export function boxedDefinitions(): Definitions[] {
  return [
    snapshot,
    pinBlock,
    makeReport,
    proveBalances,
    readFeed,
    scanBalances,
    valueHoldings,
    hello,
    greet,
    joinGreetings,
    readClock,
    machineClock(() => machineTime.now()),
  ];
}
