/**
 * Deploys a contract, exactly once. Its code and arguments are fixed by the spec but for the addresses of contracts that are deployed before.
 * Where its address follows from its code (CREATE2), code that stands there is this deployment's, and nothing is sent.
 */
import * as z from "zod";
import { createdAddress } from "../../capabilities/evm/created-address.ts";
import { blockRef } from "../../capabilities/evm/block.ts";
import { evmRead } from "../../capabilities/evm/read.ts";
import { evmSimulate } from "../../capabilities/evm/simulate.ts";
import { evmTransaction } from "../../capabilities/evm/transaction.ts";
import { address, hash, networkId, uint256 } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { defineState, nothing } from "../../kernel/state.ts";
import { type Addresses, bindTemplate, contractName, template } from "../abi/template.ts";
import type { Hex } from "../evm/asking.ts";
import { fragments, readFragments } from "../evm/fragments.ts";
import { intentOf } from "../evm/intent.ts";
import { failAttempt, pinScene, simulate } from "../evm/simulation.ts";
import { transactionTerms } from "../evm/terms.ts";
import { deriveCreate2Address } from "./create2-address.ts";
import { done } from "./done.ts";
import { requireAfter, whereDone } from "./settled-view.ts";

const by = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("create") }),
  z.strictObject({ kind: z.literal("create2"), factory: address, salt: hash }),
]);

export const deployment = z.strictObject({ contract: contractName, address, done });
export type Deployment = z.output<typeof deployment>;

const config = z.strictObject({
  network: networkId,
  from: address,
  terms: transactionTerms,
  contract: contractName,
  by,
  /** Creation code with its arguments. */
  creation: template,
  /** Wei. */
  value: uint256,
  /** Errors of the contract, to say why it would revert. */
  errors: fragments,
});

/** `since`: the blocks of what must have happened before. */
const input = z.strictObject({ addresses: z.record(z.string(), address), since: z.array(blockRef).max(1000) });

/**
 * @throws FACTORY_MISSING where there is no factory for CREATE2; SIMULATION_REVERTED, GAS_CAP_EXCEEDED: nothing was sent
 * @throws FUNDS_INSUFFICIENT, NOT_FINAL_YET, SOURCE_FAILED: it is tried again, then the run pauses
 * @throws CREATED_ADDRESS_WRONG where the factory, or the receipt, names another address than follows
 */
export const deployContract = defineState({
  id: "mfm.evm/deploy-contract@1",
  effect: "write",
  needs: { chain: evmRead, simulator: evmSimulate, transaction: evmTransaction },
  config,
  input,
  output: deployment,
  async intend({ config: given, input: { addresses, since }, chain, simulator }) {
    const { network, contract } = given;
    const code = bindTemplate(given.creation, addresses);
    const scene = await pinScene({ chain }, network);
    requireAfter(scene, since, network);
    if (given.by.kind === "create2") {
      const { factory } = given.by;
      const codeAt = async (account: Hex, at: typeof scene.at): Promise<Hex> => {
        const answer = await chain.code({ network, account, at });
        return answer.kind === "ok" ? answer.code : failAttempt(answer, network);
      };
      const created = addressBy(given.by, code);
      const block = await whereDone(chain, given, { scene, isDone: async (at) => (await codeAt(created, at)) !== "0x" });
      if (block !== undefined) return nothing({ contract, address: created, done: { block, outcome: { kind: "skipped" } } });
      if ((await codeAt(factory, scene.at)) === "0x")
        throw new MfmError("FACTORY_MISSING", `${network} has no contract at ${factory} that creates ${contract}`, {
          network,
          factory,
          contract,
        });
    }
    const action = actionOfDeployment(given, code);
    const simulation = await simulate({ chain, simulator }, given, { scene, action, abi: readFragments(given.errors) });
    const intent = intentOf(given, action, simulation);
    if (given.by.kind === "create") return intent;
    const address = addressBy(given.by, code);
    assertCreates(given.by.factory, { contract, address, returned: simulation.returned });
    return { ...intent, creates: { address } };
  },
  conclude({ config: { by: way, contract, creation, from }, input: { addresses }, settlement }): Deployment {
    const { transactionHash, block, nonce, contractAddress } = settlement;
    const how = { block, outcome: { kind: "sent", transactionHash } } as const;
    if (way.kind === "create2") return { contract, address: addressBy(way, bindTemplate(creation, addresses)), done: how };
    const created = createdAddress(from, nonce);
    if (contractAddress === created) return { contract, address: created, done: how };
    throw new MfmError(
      "CREATED_ADDRESS_WRONG",
      `${contract}: ${from} with nonce ${nonce} creates ${created}, and its receipt says otherwise`,
      {
        contract,
        expected: created,
        found: contractAddress ?? null,
      },
    );
  },
});

/** Some factories answer nothing; one that answers says what it made, or would have made. @throws CREATED_ADDRESS_WRONG */
function assertCreates(factory: Hex, given: { readonly contract: string; readonly address: Hex; readonly returned: Hex }): void {
  const { contract, address, returned } = given;
  if (returned === "0x" || returned.toLowerCase().endsWith(address.slice(2).toLowerCase())) return;
  throw new MfmError(
    "CREATED_ADDRESS_WRONG",
    `${contract}: the factory ${factory} would not create ${address}; it answers ${returned.slice(0, 66)}`,
    {
      contract,
      expected: address,
      found: returned.slice(0, 66),
    },
  );
}

type Given = z.output<typeof config>;

/** The transaction that makes it. */
export function actionOfDeployment(
  { by: way, value }: Pick<Given, "by" | "value">,
  code: Hex,
): { readonly to?: Hex; readonly value: bigint; readonly data: Hex } {
  if (way.kind === "create") return { value, data: code };
  return { to: way.factory, value, data: `0x${way.salt.slice(2)}${code.slice(2)}` };
}

function addressBy({ factory, salt }: { readonly factory: Hex; readonly salt: Hex }, creationCode: Hex): Hex {
  return deriveCreate2Address({ factory, salt, creationCode });
}

/** Where a deployment will be, where that can be said before it is made. */
export function foreseeAddress({ by: way, creation }: Pick<Given, "by" | "creation">, addresses: Addresses): Hex | undefined {
  if (way.kind === "create" || creation.holes.some(({ contract }) => addresses[contract] === undefined)) return undefined;
  return addressBy(way, bindTemplate(creation, addresses));
}
