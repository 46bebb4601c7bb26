import type { SnapshotFlags } from "../../app/portfolio/snapshot-flags.ts";
import type { Call } from "../call.ts";
import type { CommandSpec, OptionSpec } from "../command.ts";
import { driveInForeground } from "../foreground.ts";
import { allOption, csvOption, detachOption, keyOption } from "../options.ts";

const options: readonly OptionSpec[] = [
  {
    flags: "-n, --network <name>",
    about: "a network of mfm.toml, a known chain such as base, or eip155:N; may be repeated; default: those of mfm.toml, else ethereum",
    repeats: true,
    completes: "network",
  },
  { flags: "--rpc <url>", about: "read this endpoint, for the chain of --chain-id; one with a key goes into MFM_RPC_EIP155_N" },
  { flags: "--chain-id <n>", about: "the chain of --rpc" },
  { flags: "-b, --block <block>", about: "latest, safe, finalized, a number or a hash; default: finalized" },
  {
    flags: "-t, --token <address>",
    about: "look at this token too; NETWORK=ADDRESS where there are several networks; may be repeated",
    repeats: true,
  },
  {
    flags: "--token-list <list>",
    about: "a file of the Uniswap token-list standard, builtin (Uniswap's default list 22.21.0) or none; may be repeated; default: builtin",
    repeats: true,
    completes: "file",
  },
  {
    flags: "-p, --price <price>",
    about: "SYMBOL/QUOTE=PRICE, or SYMBOL/QUOTE=feed:ADDRESS for a Chainlink feed read at the same block; may be repeated",
    repeats: true,
  },
  { flags: "--allow-partial", about: "where sources fail, leave holes that say so; without it the run pauses" },
  { flags: "--prove", about: "fetch state proofs and check them against the block's header" },
  allOption,
  csvOption,
  keyOption,
  detachOption,
];

/** `mfm portfolio snapshot ADDRESS` */
export const portfolioSnapshot: CommandSpec = {
  path: ["portfolio", "snapshot"],
  summary: "what addresses hold, each network at one block, with evidence",
  about:
    "Balances of the network's own asset and of tokens, read at one block of each network. Without configuration, known chains are read through their public endpoints. Exits by the run: 0 succeeded, 4 failed, 5 paused because sources failed; `mfm run resume` goes on.",
  arguments: [{ name: "[subject...]", about: "addresses, or the name of a portfolio of mfm.toml", completes: "portfolio" }],
  options,
  examples: [
    {
      line: "mfm portfolio snapshot 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
      about: "on Ethereum, with the tokens of the list that comes with MFM",
    },
    {
      line: "mfm portfolio snapshot 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed --network ethereum --network base --price ETH/USD=2500 --csv holdings.csv",
      about: "on two networks, valued, and written to a file",
    },
    {
      line: "mfm portfolio snapshot 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed --rpc http://127.0.0.1:8545 --chain-id 31337 --token-list tokens.json",
      about: "on a chain of your own",
    },
    { line: "mfm portfolio snapshot acme/primary --prove", about: "a portfolio of mfm.toml, with proofs" },
  ],
  async run(call) {
    const [{ takeSnapshot }, { readRpcFlag }, { locateCsv }, { presentSnapshot }] = await Promise.all([
      import("../../app/portfolio/take-snapshot.ts"),
      import("../../app/networks/rpc-flag.ts"),
      import("../../app/portfolio/csv-file.ts"),
      import("../snapshot-result.ts"),
    ]);
    const rpc = readRpcFlag(call.text("rpc"), call.text("chainId"));
    const file = call.text("csv");
    const csv = file === undefined ? undefined : locateCsv(call.place, file);
    const detach = call.has("detach");
    const terms = { flags: flagsOf(call), key: call.text("key"), detach, onPinLost: (runId: string) => notePinLost(call, runId) };
    return driveInForeground(call, {
      detach,
      drive: (driving) => takeSnapshot(terms, { ...driving, place: { ...driving.place, rpc } }),
      show: (taken) => presentSnapshot(call, taken, csv),
    });
  },
};

function flagsOf(call: Call): SnapshotFlags {
  return {
    subjects: call.allArguments,
    networks: call.list("network"),
    block: call.text("block"),
    tokens: call.list("token"),
    tokenLists: call.list("tokenList"),
    prices: call.list("price"),
    allowPartial: call.has("allowPartial"),
    prove: call.has("prove"),
  };
}

function notePinLost(call: Call, runId: string): void {
  if (call.format === "text") call.terminal.note(`${runId}: its block left the chain in a reorganisation; a fresh run pins another`);
}
