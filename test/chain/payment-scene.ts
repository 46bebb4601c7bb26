/** The scene of the tests of transactions: a real node with tokens of many kinds, and live backends to ask it through. */
import type { TransactionIntent, TransactionSettlement } from "../../src/capabilities/evm/transaction-intent.ts";
import { codecs } from "../../src/kernel/codecs.ts";
import type { Backend } from "../../src/kernel/capability.ts";
import type { submitTransaction } from "../../src/states/evm/submit-transaction.ts";
import type { TransactionTerms } from "../../src/states/evm/terms.ts";
import type { Facts } from "../../src/testing/run-state.ts";
import { evmReader } from "../../src/transports/evm/reader.ts";
import { evmSimulator } from "../../src/transports/evm/simulator.ts";
import type { HttpProvider } from "../../src/transports/evm/http-provider.ts";
import { type Anvil, startAnvil } from "../evm/anvil.ts";
import { machine, providerAt } from "../evm/asking.ts";
import { type PaymentContract, compilePaymentContracts } from "./payment-contracts.ts";

type Hex = `0x${string}`;

export const network = "eip155:31337";
/** Anvil's first account: it has 10,000 ether, and all of each token. */
export const sender = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

export const terms: TransactionTerms = {
  gas: { marginPercent: 120, cap: 5_000_000n },
  fees: {
    percentile: 50,
    blocks: 5,
    minPriorityFeePerGas: 1n,
    baseFeePercent: 200,
    maxFeePerGas: 100_000_000_000n,
    maxPriorityFeePerGas: 5_000_000_000n,
  },
  finality: { kind: "depth", blocks: 1 },
  replaceAfterBlocks: 5,
  renewals: 0,
  window: 16,
};

/** The backends as a state's test takes answers. */
type LiveFacts = Facts<Pick<typeof submitTransaction.needs, "chain" | "simulator">>;

export class PaymentScene {
  readonly node: Anvil;
  readonly at: Readonly<Record<PaymentContract, Hex>>;
  readonly facts: LiveFacts;
  readonly #provider: HttpProvider;

  private constructor(node: Anvil, at: Readonly<Record<PaymentContract, Hex>>) {
    this.node = node;
    this.at = at;
    this.#provider = providerAt(node.url);
    const options = { ...machine, sourcesOf: async () => [this.#provider], patienceMs: 10_000 };
    this.facts = { chain: functionsOf(evmReader(options)), simulator: functionsOf(evmSimulator(options)) };
  }

  static async set(): Promise<PaymentScene> {
    const node = await startAnvil();
    const at: Partial<Record<PaymentContract, Hex>> = {};
    for (const [name, data] of Object.entries(compilePaymentContracts())) {
      const hash = await node.rpc<Hex>("eth_sendTransaction", { from: sender, data, gas: "0x200000" });
      const { contractAddress } = await receiptOf(node, hash);
      at[name as PaymentContract] = addressOf(contractAddress ?? "");
    }
    return new PaymentScene(node, at as Record<PaymentContract, Hex>);
  }

  /** Does what is intended through the node's own keys, and reads what came of it. */
  async settle({ from, to, value, data, gas }: TransactionIntent): Promise<TransactionSettlement> {
    const transaction = { from, ...(to === undefined ? {} : { to }), value: quantity(value), data, gas: quantity(gas) };
    return this.settlementOf(await this.node.rpc<Hex>("eth_sendTransaction", transaction));
  }

  async settlementOf(hash: Hex): Promise<TransactionSettlement> {
    const receipt = await receiptOf(this.node, hash);
    const { nonce } = await this.node.rpc<{ nonce: Hex }>("eth_getTransactionByHash", hash);
    return {
      transactionHash: hash,
      nonce: Number(nonce),
      block: { number: BigInt(receipt.blockNumber), hash: receipt.blockHash },
      transactionIndex: Number(receipt.transactionIndex),
      gasUsed: BigInt(receipt.gasUsed),
      effectiveGasPrice: BigInt(receipt.effectiveGasPrice),
      ...(receipt.contractAddress === null ? {} : { contractAddress: addressOf(receipt.contractAddress) }),
      logs: receipt.logs.map(({ address, topics, data: bytes, logIndex }) => ({
        address: addressOf(address),
        topics,
        data: bytes,
        logIndex: Number(logIndex),
        transactionHash: hash,
      })),
    };
  }

  async end(): Promise<void> {
    await this.#provider.close();
    await this.node.stop();
  }
}

interface Receipt {
  readonly blockNumber: Hex;
  readonly blockHash: Hex;
  readonly transactionIndex: Hex;
  readonly gasUsed: Hex;
  readonly effectiveGasPrice: Hex;
  readonly contractAddress: Hex | null;
  readonly logs: readonly { readonly address: Hex; readonly topics: Hex[]; readonly data: Hex; readonly logIndex: Hex }[];
}

function functionsOf(backend: Backend): { readonly [method: string]: (request: unknown) => unknown } {
  const context = { signal: new AbortController().signal, attribute: () => undefined };
  return Object.fromEntries(
    [...backend.capability.compiled.keys()].map((name) => [name, (request: unknown) => backend.answer(name, request, context)]),
  );
}

/** An automining node includes a transaction right after it answered. */
async function receiptOf(node: Anvil, hash: Hex): Promise<Receipt> {
  for (let tries = 0; tries < 1000; tries++) {
    const receipt = await node.rpc<Receipt | null>("eth_getTransactionReceipt", hash);
    if (receipt !== null) return receipt;
  }
  throw new Error(`${hash} was not included`);
}

export function addressOf(written: string): Hex {
  return codecs.address.decode(written.toLowerCase()) as Hex;
}

function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}
