import type { CommandSpec } from "../command.ts";

/** `mfm dev chain` */
export const devChain: CommandSpec = {
  path: ["dev", "chain"],
  summary: "start a chain on this machine, with tokens and money, to try things on",
  about:
    "Runs anvil on a loopback port with Multicall3, tokens honest and hostile, price feeds and funded accounts, and stays until Ctrl-C. " +
    "Everything is in memory. With json it prints one document as soon as the chain answers.",
  options: [
    { flags: "-p, --port <port>", about: "the port to listen on; default any free one" },
    { flags: "-b, --block-time <seconds>", about: "mine a block every so many seconds; default one for each transaction" },
    { flags: "--chain-id <id>", about: "the chain's id; default 31337" },
    {
      flags: "-o, --token-list-out <file>",
      about: "write its honest tokens as a token list to this file, which must not exist",
      completes: "file",
    },
  ],
  examples: [
    { line: "mfm dev chain --token-list-out tokens.json", about: "prints the command that takes a snapshot of it" },
    { line: "mfm dev chain --port 8545 --block-time 2", about: "where other tools expect a chain, with blocks that come by themselves" },
  ],
  async run(call) {
    const { serveDevChain } = await import("../serve-dev-chain.ts");
    return serveDevChain(call, {
      port: call.count("port", { default: 0, min: 0, max: 65_535 }),
      chainId: call.count("chainId", { default: 31_337, min: 1, max: 999_999_999 }),
      ...(call.text("blockTime") === undefined ? {} : { blockTime: call.count("blockTime", { default: 1, min: 1, max: 3600 }) }),
      tokenListOut: call.text("tokenListOut"),
    });
  },
};
