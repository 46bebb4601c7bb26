/**
 * The backend that sends transactions from this place. It sends to providers that somebody configured, never to public ones, and on a network with
 * real value only where the configuration says so. Until it is asked something, it reads no configuration and loads no code.
 */
import { evmTransaction } from "../../capabilities/evm/transaction.ts";
import type { EffectBackend } from "../../kernel/effects/backend.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Provider } from "../../transports/evm/provider.ts";
import type { Alarm } from "../../transports/evm/submit/settled-blocks.ts";
import { readConfiguration } from "../configuration.ts";
import { failure } from "../failure.ts";
import { shareSigner } from "../keystore/shared-signer.ts";
import { connectSigner } from "../keystore/signers.ts";
import { machineRandom, machineTime } from "../machine.ts";
import { isDevChain } from "../networks/dev-chains.ts";
import type { NetworkId } from "../networks/network-table.ts";
import type { Networks } from "../networks/networks.ts";
import { networksOf } from "../networks/place-networks.ts";
import type { Place } from "../place.ts";
import { settledBefore } from "./settled-before.ts";

const alarmWords = {
  settled_block_lost: "a block that was final by its policy is canonical no more: transactions that settled in it may be undone",
  nonces_free:
    "nonces that settled transactions used up, or an explained lane says are used up, are free: nothing is sent above them before they are used",
} as const satisfies Record<Alarm["kind"], string>;

export function evmTransactions(place: Place): EffectBackend {
  let backend: Promise<EffectBackend> | undefined;
  return {
    type: "effect-backend",
    effect: evmTransaction,
    async call(name, given, context) {
      backend ??= open(place).catch((error: unknown) => {
        // What was wrong may be mended while a worker goes on.
        backend = undefined;
        throw error;
      });
      return (await backend).call(name, given, context);
    },
  };
}

async function open(place: Place): Promise<EffectBackend> {
  const [{ evmSubmitter }, configuration] = await Promise.all([
    import("../../transports/evm/submit/submitter.ts"),
    readConfiguration(place),
  ]);
  const running = shareSigner(() => connectSigner(place));
  const networks = networksOf(place, configuration);
  return evmSubmitter({
    sourcesOf: writableSources(networks),
    broadcast: (network) => networks.broadcastOf(network as NetworkId),
    clock: machineTime,
    random: machineRandom,
    signer: async () => place.signer ?? running,
    settledBefore: (lane) => settledBefore(configuration, lane).catch((error: unknown) => reportUnread(place, lane, error)),
    alarm: (alarm) => place.report?.("error", alarmWords[alarm.kind], { ...alarm }),
    log: ({ message, ...entry }) => place.report?.("warn", `a provider did not answer: ${message}`, entry),
  });
}

/** What cannot be read keeps nobody from paying. */
function reportUnread(place: Place, lane: string, error: unknown): undefined {
  if (!(error instanceof MfmError)) throw error;
  place.report?.("warn", `not looked whether what settled in this lane before is still on the chain: ${error.message}`, {
    lane,
    code: error.code,
  });
  return undefined;
}

function writableSources(networks: Networks): (network: string) => Promise<readonly Provider[]> {
  return async (network) => {
    const id = network as NetworkId;
    const { origin } = await networks.sourcesOf(id);
    if (origin === "public" || origin === "none") return [];
    if (!isDevChain(id) && !(await networks.mayWrite(id)))
      throw failure("WRITES_NOT_ALLOWED", `${id}: the configuration does not say that transactions may be sent`, { network: id });
    return networks.providersOf(id);
  };
}
