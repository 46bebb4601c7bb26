/** What every command that sends says: on which network, from whom, under which terms. */
import type { Scene } from "../../states/evm/simulation.ts";
import { pinScene } from "../../states/evm/simulation.ts";
import { readConfiguration } from "../configuration.ts";
import { failure, usage } from "../failure.ts";
import { type SignerChoice, selectAccount, withSigner } from "../keystore/signers.ts";
import type { Signer } from "../../keystore/signer-port.ts";
import { type NetworkView, variableOf } from "../networks/networks.ts";
import { networksOf } from "../networks/place-networks.ts";
import type { TermsTable } from "../networks/terms-table.ts";
import type { Place } from "../place.ts";
import { readAddress } from "../portfolio/words.ts";
import { type Live, liveClients } from "./live.ts";
import { type TermFlags, termsOf } from "./terms.ts";
import type { PlanSubject } from "./proposed.ts";

type Hex = `0x${string}`;

export interface SendFlags {
  /** A name or an id; none: that of --rpc, or the only one of the configuration. */
  readonly network: string | undefined;
  /** An address, or what a signer calls the account. */
  readonly from: string;
  readonly terms: TermFlags;
  readonly signer: SignerChoice;
}

export interface Opening {
  readonly asking: Live;
  readonly subject: PlanSubject;
}

/** @throws NETWORK_UNKNOWN, NETWORK_NOT_READY, USAGE, SOURCE_FAILED; SIGNER_ACCOUNT_UNKNOWN and what asking a signer throws */
export async function openSending(place: Place, flags: SendFlags, signal: AbortSignal): Promise<Opening> {
  const { view, written } = await findNetwork(place, flags.network);
  const from = await senderOf(place, flags);
  const asking = liveClients(place, signal);
  const terms = termsOf(flags.terms, view, written);
  const scene: Scene = await pinScene(asking, view.id);
  return { asking, subject: { network: view.id, view, from, terms, scene } };
}

async function findNetwork(place: Place, given: string | undefined): Promise<{ readonly view: NetworkView; readonly written: TermsTable }> {
  const networks = networksOf(place, await readConfiguration(place));
  const [only, ...others] = networks.configured;
  const which = given ?? place.rpc?.network ?? (others.length === 0 ? only?.name : undefined);
  if (which === undefined) throw usage("name the network with --network");
  const id = await networks.resolve(which);
  const view = await networks.view(id);
  if ((await networks.sourcesOf(id)).endpoints.length > 0) return { view, written: networks.termsOf(id) };
  throw failure("NETWORK_NOT_READY", `nothing says where ${view.name} is read: set ${variableOf(id)}, or use --rpc URL --chain-id N`, {
    network: id,
    variable: variableOf(id),
  });
}

/** No signer is asked for an address: a plan needs none. */
async function senderOf(place: Place, { from, signer }: SendFlags): Promise<Hex> {
  if (from.startsWith("0x")) {
    const read = readAddress(from);
    if ("ok" in read) return read.ok;
    throw usage(`the sender ${JSON.stringify(from)} ${read.refused}`, { option: "--from" });
  }
  const select = async (open: Signer): Promise<Hex> => selectAccount(await open.accounts(), from).address;
  return place.signer === undefined ? withSigner(place, signer, select) : select(place.signer);
}
