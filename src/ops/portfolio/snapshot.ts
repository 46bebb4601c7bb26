/**
 * What accounts hold, on one or many networks, each read at one block. A network is pinned first; then its tokens are read in pages, all
 * accounts at once; every page is valued by itself, and the report adds them up. Everything else in a run hangs on its pins.
 */
import { digestOf, toCanonical } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import { defineOp, type Program, type StepRef } from "../../kernel/op.ts";
import type { Handle, Wired } from "../../kernel/wiring.ts";
import { pinBlock } from "../../states/evm/pin-block.ts";
import type { Pinned } from "../../states/evm/pinned.ts";
import { makeReport } from "../../states/portfolio/make-report.ts";
import { proveBalances } from "../../states/portfolio/prove-balances.ts";
import { readFeed } from "../../states/portfolio/read-feed.ts";
import type { Proofs, Token } from "../../states/portfolio/readings.ts";
import { scanBalances } from "../../states/portfolio/scan-balances.ts";
import { type Priced, type Report, snapshotResult } from "../../states/portfolio/snapshot.ts";
import { valueHoldings } from "../../states/portfolio/value-holdings.ts";
import { type SnapshotConfig, checkSnapshot, snapshotConfig } from "./snapshot-config.ts";

/**
 * Balances in a page. Whatever strangers wrote into their tokens, a page of 400 stays below the size of a value; and it is one question to a
 * node, far from any limit on gas or bytes.
 */
const pageSize = 400;

export const snapshot = defineOp({
  id: "mfm.portfolio/snapshot@1",
  description: "What accounts hold on one or many networks, each read at one block, with its value.",
  config: snapshotConfig,
  output: snapshotResult,
  plan(program, config) {
    checkSnapshot(config);
    const pins = new Map(
      config.networks.map(({ network, block }) => [
        network,
        program.step(`pin/${network}`, pinBlock, { config: { network, block, onSourceFailure: config.onSourceFailure } }),
      ]),
    );
    const prices = config.prices.map((price, index) => priceOf(program, index, price, { pins, config }));
    const pages = config.networks.flatMap((network) =>
      pagesOf(network.tokens, config.accounts.length).map((tokens, index) =>
        page(program, { config, network, tokens, index, prices, pin: pinOf(pins, network.network) }),
      ),
    );
    const report = program.step("report", makeReport, {
      config: { lookedAt: lookedAt(config) },
      input: { pins: [...pins.values()].map(({ output }) => output), pages: pages.map((step) => step.output.at("summary")), prices },
    });
    return { report: report.output, pages: pages.map((step) => step.output.at("page")) };
  },
});

/** The op and the states of its steps, for a registry. */
export const snapshotDefinitions = { snapshot, pinBlock, makeReport, proveBalances, readFeed, scanBalances, valueHoldings };

type Pins = ReadonlyMap<string, StepRef<Pinned>>;
type Network = SnapshotConfig["networks"][number];

function pinOf(pins: Pins, network: string): Handle<Pinned> {
  const pin = pins.get(network);
  if (pin === undefined) throw new MfmError("INTERNAL", `no pin of ${network}`);
  return pin.output;
}

/** The first page of a network also reads the native balances, so there is always one. */
function pagesOf(tokens: readonly Token[], accounts: number): Token[][] {
  const size = Math.max(1, Math.floor(pageSize / accounts));
  const pages = Array.from({ length: Math.max(1, Math.ceil(tokens.length / size)) }, (_, index) =>
    tokens.slice(index * size, (index + 1) * size),
  );
  return pages;
}

interface Page {
  readonly config: SnapshotConfig;
  readonly network: Network;
  readonly tokens: Token[];
  readonly index: number;
  readonly pin: Handle<Pinned>;
  readonly prices: readonly Wired<Priced>[];
}

function page(program: Program, { config, network: { network, native }, tokens, index, pin, prices }: Page) {
  const at = `${network}/${index}`;
  const { onSourceFailure } = config;
  const scan = program.step(`scan/${at}`, scanBalances, {
    config: {
      accounts: config.accounts.map(({ address }) => address),
      tokens: tokens.map(({ address }) => ({ address })),
      native: index === 0,
      onSourceFailure,
    },
    input: { pin },
  });
  const none: Proofs = { network, proven: [] };
  const proofs: Wired<Proofs> = config.prove
    ? program.step(`prove/${at}`, proveBalances, { config: { onSourceFailure }, input: { pin, readings: scan.output } }).output
    : none;
  return program.step(`value/${at}`, valueHoldings, {
    config: { network, native, tokens },
    input: { pin, readings: scan.output, proofs, prices },
  });
}

function priceOf(
  program: Program,
  index: number,
  price: SnapshotConfig["prices"][number],
  { pins, config: { onSourceFailure } }: { readonly pins: Pins; readonly config: SnapshotConfig },
): Wired<Priced> {
  const { quote, symbol, from } = price;
  if (from.kind === "fixed") return { kind: "ok", quote, symbol, unitPrice: from.unitPrice };
  const { network, address, maxAgeSeconds } = from;
  return program.step(`price/${index}`, readFeed, {
    config: { quote, symbol, address, maxAgeSeconds, onSourceFailure },
    input: { pin: pinOf(pins, network) },
  }).output;
}

function lookedAt({ accounts, networks }: SnapshotConfig): Report["lookedAt"] {
  return {
    accounts,
    tokens: networks.map(({ network, tokens }) => ({
      network,
      count: tokens.length,
      digest: digestOf(toCanonical(tokens.map(({ address }) => address).toSorted())),
    })),
  };
}
