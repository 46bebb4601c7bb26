/** Error codes of chains, networks and portfolios: part of the one table in errors.ts. */
import { type ErrorEntry, badInput, failed, precondition } from "./error-entry.ts";

export const chainErrors = {
  BLOCK_UNKNOWN: failed(
    "The block that a snapshot is asked for does not exist on its network.",
    "Name another one with --block: a number or hash of that network, or finalized, safe or latest.",
    "never",
    404,
  ),
  PIN_LOST: failed(
    "The block that all reads of a run name left the canonical chain, or no source has its state any more.",
    "Start again: a new run pins another block. --block finalized pins one that stays; an old one by number needs a source with archived state.",
    "never",
    409,
  ),
  SOURCE_FAILED: failed(
    "No source of a network gave an answer that can be used; the message names each with its reason.",
    "Look at the sources named, and repeat the command; a run goes on with `mfm run resume`. A portfolio snapshot goes on without them with --allow-partial, and says what is missing.",
    "safe",
    502,
  ),
  BALANCE_REFUTED: failed(
    "A proof against the pinned block shows another native balance than a source said: that source answered falsely.",
    "Look which source the run's facts name, remove it from the configuration, and start again.",
    "never",
    502,
  ),
  // Sending transactions
  WRITES_NOT_CONFIGURED: precondition(
    "Nobody configured a provider that transactions of a network may be sent to; public endpoints are for reading only.",
    "Set MFM_RPC_EIP155_N (N is the chain id), or add providers to [network.NAME] of mfm.toml.",
    "safe",
  ),
  WRITES_NOT_ALLOWED: precondition(
    "The configuration does not allow transactions on a network where they move real value.",
    "Set writes = true in [network.NAME] of mfm.toml once you mean it; nothing was sent.",
    "safe",
  ),
  FEE_CEILING: failed(
    "Pools would want higher fees than the policy of a transaction allows, so no other candidate was made.",
    "What was sent stays valid, and is sent again. `mfm tx replace` names higher caps, and `mfm tx cancel` gives it up.",
    "safe",
    409,
  ),
  FEE_TERMS_REFUSED: badInput(
    "The fees that somebody named for another candidate cannot be taken.",
    "Name fees of which each is at least an eighth over every candidate before, and none above what people have agreed to.",
    422,
  ),
  // A chain on this machine
  DEV_CHAIN_UNAVAILABLE: precondition(
    "A chain on this machine was asked for, and anvil is not installed.",
    "Install the optional dependency @foundry-rs/anvil (npm leaves it out with --omit=optional); it exists for Linux, macOS and Windows on x64, and for Linux and macOS on arm64.",
  ),
  DEV_CHAIN_FAILED: precondition(
    "The chain on this machine did not start, or ended by itself.",
    "Another program may have the port: name another --port, or none for a free one.",
    "safe",
  ),
  DEV_CHAIN_CALL_FAILED: failed(
    "The chain on this machine refused a call.",
    "details name the method and the JSON-RPC code; correct the call.",
    "never",
    502,
  ),
  DEMO_FAILED: failed(
    "A part of the demonstration did not do what it should.",
    "Please report it with the message; `mfm demo --keep` leaves its files to look at.",
  ),
  DEV_CHAIN_GONE: failed("The chain on this machine does not answer.", "Start one: `mfm dev chain`.", "reconcile", 502),
  // Networks and portfolios
  NETWORK_UNKNOWN: badInput(
    "No network has this name.",
    "Name a chain by its id, such as eip155:8453, or add [network.NAME] to mfm.toml; `mfm doctor` shows what is configured.",
    404,
  ),
  NETWORK_NOT_READY: precondition(
    "Nothing says where a network is read, or an environment variable that its configuration names is not set.",
    "Set MFM_RPC_EIP155_N (N is the chain id), or add providers to [network.NAME] of mfm.toml, or use --rpc URL --chain-id N.",
    "safe",
  ),
  URL_HAS_SECRET: badInput(
    "A URL that seems to hold a key or a password stands on the command line, where other processes and the shell's history see it.",
    "Put the URL into the environment variable MFM_RPC_EIP155_N (N is the chain id) and leave out --rpc.",
  ),
  PORTFOLIO_UNKNOWN: badInput(
    "mfm.toml has no portfolio of this name.",
    "Add [portfolio.NAME] to mfm.toml, or give addresses of 0x and 40 hexadecimal digits.",
    404,
  ),
  PORTFOLIO_INVALID: badInput("What a snapshot is asked does not fit together.", "Correct what the message names."),
  TOKEN_LIST_INVALID: badInput(
    "A token list is not one of the Uniswap standard, or holds wrong or repeated addresses.",
    "Correct the tokens named by their index, or take the list from whoever keeps it; --token-list builtin is the one that comes with MFM.",
  ),
  NOT_A_SNAPSHOT: badInput(
    "A run is no portfolio snapshot, or has no result to compare.",
    "`mfm run list --entry-point mfm.portfolio/snapshot@1 --status succeeded` shows those that can be compared.",
    409,
  ),
} as const satisfies Record<string, ErrorEntry>;
