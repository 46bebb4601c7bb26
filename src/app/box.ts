/** What is in the box: the definitions that every MFM has. A module that a person names is added to these; there is no other registry. */
import type { Definitions } from "../kernel/registry.ts";
import { lifecycleDefinitions } from "../ops/contracts/lifecycle.ts";
import { callDefinitions } from "../ops/evm/call.ts";
import { transferDefinitions } from "../ops/evm/transfer.ts";
import { snapshotDefinitions } from "../ops/portfolio/snapshot.ts";
import { hello } from "../ops/proof/hello.ts";
import { greet } from "../states/proof/greet.ts";
import { joinGreetings } from "../states/proof/join-greetings.ts";
import { readClock } from "../states/time/read-clock.ts";
import { machineClock } from "../transports/clock.ts";
import { machineTime } from "./machine.ts";

export function boxedDefinitions(): Definitions[] {
  return [
    snapshotDefinitions,
    transferDefinitions,
    callDefinitions,
    lifecycleDefinitions,
    hello,
    greet,
    joinGreetings,
    readClock,
    machineClock(() => machineTime.now()),
  ];
}
