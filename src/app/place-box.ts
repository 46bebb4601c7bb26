/**
 * What is in the box, with the networks of a place: all of it, or what one op needs. A command that starts an op need not wait for the code of the
 * others; whoever goes on with any run, or adds modules, needs all.
 */
import type { Definitions } from "../kernel/registry.ts";
import { machineTime } from "./machine.ts";
import type { Place } from "./place.ts";

type Part = (place: Place) => Promise<readonly Definitions[]>;

/** By the op. */
const parts: ReadonlyMap<string, Part> = new Map<string, Part>([
  [
    "mfm.proof/hello@1",
    async () =>
      Promise.all([
        import("../ops/proof/hello.ts"),
        import("../states/proof/greet.ts"),
        import("../states/proof/join-greetings.ts"),
        import("../states/time/read-clock.ts"),
      ]),
  ],
  [
    "mfm.portfolio/snapshot@1",
    async (place) => [(await import("../ops/portfolio/snapshot.ts")).snapshotDefinitions, ...(await reads(place))],
  ],
  ["mfm.evm/transfer@1", async (place) => [(await import("../ops/evm/transfer.ts")).transferDefinitions, ...(await writes(place))]],
  ["mfm.evm/call@1", async (place) => [(await import("../ops/evm/call.ts")).callDefinitions, ...(await writes(place))]],
  [
    "mfm.evm/contract-lifecycle@1",
    async (place) => [(await import("../ops/contracts/lifecycle.ts")).lifecycleDefinitions, ...(await writes(place))],
  ],
]);

/** With an `op` that is not in the box: all of it, so that the name that was meant can be found. */
export async function boxFor(place: Place, op?: string): Promise<readonly Definitions[]> {
  const part = op === undefined ? undefined : parts.get(op);
  if (part === undefined) {
    const { boxedDefinitions } = await import("./box.ts");
    return [...boxedDefinitions(), ...(await writes(place))];
  }
  const [definitions, { machineClock }] = await Promise.all([part(place), import("../transports/clock.ts")]);
  return [...definitions, machineClock(() => machineTime.now())];
}

async function reads(place: Place): Promise<readonly Definitions[]> {
  const { evmQuestions } = await import("./networks/place-networks.ts");
  return [evmQuestions(place).reads];
}

async function writes(place: Place): Promise<readonly Definitions[]> {
  const [{ evmQuestions }, { evmTransactions }] = await Promise.all([
    import("./networks/place-networks.ts"),
    import("./evm/place-submitter.ts"),
  ]);
  const { reads: read, simulations } = evmQuestions(place);
  return [read, simulations, evmTransactions(place)];
}
