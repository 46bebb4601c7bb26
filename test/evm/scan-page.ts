/** Pages of tokens that behave as told, scanned by the state in any regime. */
import { getAddress } from "viem/utils";
import type { Hex } from "../../src/states/evm/asking.ts";
import type { Answer, Readings } from "../../src/states/portfolio/readings.ts";
import { scanBalances } from "../../src/states/portfolio/scan-balances.ts";
import { type Asked, runState } from "../../src/testing/run-state.ts";
import { type ChainFacts, type Contract, type Model, modelChain, word } from "./model-chain.ts";
import { pin } from "./pin.ts";

export const addressAt = (index: number): Hex => getAddress(`0x${word(BigInt(index), 20)}`);
export const [ada, alan] = [addressAt(0xada), addressAt(0xa1a)];

export const balanceOf = "0x70a08231";
export const text = (value: string): Hex => {
  const bytes = Buffer.from(value).toString("hex");
  return `0x${word(32n)}${word(BigInt(bytes.length / 2))}${bytes.padEnd(Math.ceil(bytes.length / 64) * 64, "0")}`;
};

/** A token of which everybody holds as much. */
export function holding(value: bigint, gas = 10_000): Contract {
  return (data) => {
    if (data.startsWith(balanceOf)) return { kind: "returns", data: `0x${word(value)}`, gas };
    if (data === "0x313ce567") return { kind: "returns", data: `0x${word(6n)}` };
    return { kind: "returns", data: text(data === "0x95d89b41" ? "TKN" : "Token") };
  };
}
/** Says zero where it has too little gas to read what it holds. */
export const hiding =
  (gas: number): Contract =>
  (data) =>
    data.startsWith(balanceOf) ? { kind: "hides", data: `0x${word(6n)}`, gas } : holding(6n)(data);
export const reverting: Contract = () => ({ kind: "reverts" });
export const burning: Contract = () => ({ kind: "burns" });
export const returning =
  (data: Hex): Contract =>
  () => ({ kind: "returns", data });

export const capable: Omit<Model, "contracts"> = { pin, overrides: true, multicall: true, gas: 50_000_000, answerBytes: 500_000 };
export const natives = new Map([[ada, 7n]]);

export interface Setting {
  readonly contracts: readonly (Contract | undefined)[];
  readonly accounts?: readonly Hex[];
  readonly native?: boolean;
  readonly rule?: "pause" | "partial";
  readonly facts?: ChainFacts;
  readonly asked?: Asked[];
  /** Calls are answered once this is done. */
  readonly beforeAnswer?: () => Promise<void>;
}

export const tokenAt = (index: number): Hex => addressAt(0x70000 + index);

export function scanPage(
  regime: Partial<Model>,
  { contracts, accounts = [ada], native = false, rule = "pause", facts, asked, beforeAnswer }: Setting,
): Promise<Readings> {
  const deployed = new Map(contracts.flatMap((contract, index) => (contract === undefined ? [] : [[tokenAt(index), contract] as const])));
  const model = modelChain({ ...capable, ...regime, natives, contracts: deployed });
  const late: ChainFacts = {
    call: async (request) => {
      await beforeAnswer?.();
      return model.call(request);
    },
  };
  const chain = { ...model, ...(beforeAnswer === undefined ? {} : late), ...facts };
  return runState(scanBalances, {
    config: { accounts: [...accounts], tokens: contracts.map((_, index) => ({ address: tokenAt(index) })), native, onSourceFailure: rule },
    input: { pin },
    facts: { chain },
    ...(asked === undefined ? {} : { asked }),
  });
}

export function answersOf({ readings }: Readings): Answer[] {
  return readings.map(({ answer }) => answer);
}
