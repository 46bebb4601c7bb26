/** The balances of some accounts in some tokens at one pinned block: by the scanner's compact question, and what that leaves open one by one. */
import { byMulticall } from "../evm/ask-multicall.ts";
import { type Terms, byScanner, scan, settleScanned } from "../evm/ask-scanner.ts";
import {
  type Asked,
  type Asker,
  type Batch,
  type Hex,
  type Item,
  type Outcome,
  type Question,
  askInRounds,
  failAll,
  halves,
  inBatches,
} from "../evm/asking.ts";
import { firstGas } from "../evm/gas.ts";
import { type ScannedBalance, decodeBalances, encodeBalances } from "../evm/scanner.ts";

export interface BalanceQuestions {
  readonly accounts: readonly Hex[];
  readonly tokens: readonly Hex[];
  /** Whether the accounts' native balances are asked for too. */
  readonly native: boolean;
}

/** The outcomes: the native balances by account, then by token and by account. @throws PIN_LOST, SOURCE_FAILED as the asker's rule is */
export function askBalances(asker: Asker, { accounts, tokens, native }: BalanceQuestions): Promise<Asked> {
  const scene: Scene = { asker, maxReturn, accounts };
  const columns: Column[] = [...(native ? ["native" as const] : []), ...tokens].map((asset, at) => ({
    asset,
    first: at * accounts.length,
  }));
  const perCall = Math.max(1, Math.floor(balancesPerCall / accounts.length));
  return askInRounds(
    columns.length * accounts.length,
    inBatches(columns, perCall, (some) => batch(scene, some)),
  );
}

/** What a token is sent to say the balance of an account: `balanceOf(address)`. */
export function balanceOfData(account: Hex): Hex {
  return `0x70a08231${account.slice(2).toLowerCase().padStart(64, "0")}`;
}

/** A balance is one word; of anything else this much is kept. */
const maxReturn = 32;
/** About 20 kB there and at most 33 kB back, and for plain tokens 10 million gas. */
const balancesPerCall = 1000;

interface Scene extends Terms {
  readonly accounts: readonly Hex[];
}

/** One asset for all accounts. */
interface Column {
  readonly asset: Hex | "native";
  /** The place of its first balance among all. */
  readonly first: number;
}

function batch(scene: Scene, columns: readonly Column[]): Batch {
  return async () => {
    const { asker, accounts } = scene;
    const tokens = columns.flatMap(({ asset }) => (asset === "native" ? [] : [asset]));
    const question = { accounts, tokens, native: tokens.length < columns.length };
    const found = await scan(asker, encodeBalances({ ...question, gasPerCall: firstGas.cap }), (data) => decodeBalances(data, question));
    switch (found.kind) {
      case "scanned": {
        const outcomes = [found.decoded.native, ...found.decoded.tokens].flat().map(outcomeOf);
        return settleScanned(scene, { items: itemsOf(scene, columns), outcomes, gas: firstGas, attested: found.attested });
      }
      case "too_much":
        if (columns.length > 1) return { settled: [], open: halves(columns, (half) => batch(scene, half)) };
        return { settled: [], open: byScanner(scene, itemsOf(scene, columns), firstGas) };
      case "no_scanner":
        return { settled: [], open: byMulticall(asker, itemsOf(scene, columns)) };
      case "source_failed":
        return failAll(itemsOf(scene, columns), "scanner", found);
    }
  };
}

function itemsOf({ accounts }: Scene, columns: readonly Column[]): Item[] {
  return columns.flatMap(({ asset, first }) =>
    accounts.map((account, at) => ({ index: first + at, question: questionOf(asset, account) })),
  );
}

function questionOf(asset: Column["asset"], account: Hex): Question {
  return asset === "native" ? { kind: "balance", account } : { kind: "call", to: asset, data: balanceOfData(account) };
}

function outcomeOf(balance: ScannedBalance): Outcome {
  switch (balance.kind) {
    case "zero":
      return { kind: "word", value: 0n };
    case "ok":
      return { kind: "word", value: balance.value };
    case "malformed":
      return { kind: "returned", size: balance.size, head: balance.head as Hex };
    case "reverted":
      return { kind: balance.cause === "out_of_gas" ? "out_of_gas" : "reverted" };
    case "no_code":
    case "not_attempted":
      return { kind: balance.kind };
  }
}
