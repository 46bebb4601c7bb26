/** Error codes of transactions that are planned, looked at and acted on: part of the one table in errors.ts. */
import { type ErrorEntry, badInput, failed } from "./error-entry.ts";

export const transactionErrors = {
  SIMULATION_REVERTED: failed(
    "A transaction would revert, or run out of gas, at the block that it was simulated at; nothing was sent.",
    "The message has the contract's reason. Correct the call, or what the contract asks for, and start another run.",
    "never",
    409,
  ),
  FUNDS_INSUFFICIENT: failed(
    "An account holds less than a transaction moves and may cost; nothing was sent.",
    "Send the account what details say is missing, then `mfm run resume`.",
    "safe",
    409,
  ),
  GAS_CAP_EXCEEDED: failed(
    "A transaction needs more gas than its terms let it have; nothing was sent.",
    "Look why it is so much; --gas-cap raises what is allowed in another run.",
    "never",
    409,
  ),
  BASE_FEE_MISSING: failed(
    "A chain's blocks name no base fee: it has no EIP-1559 transactions, and nothing else is sent. Nothing was signed.",
    "Check that --network and the provider are of the chain that you mean; `mfm keystore tx-sign` signs legacy transactions for chains without EIP-1559.",
    "never",
    409,
  ),
  TOKEN_REFUSED: failed(
    "A token would not make a transfer: it answers false, or there is no token at its address. Nothing was sent.",
    "Check the token's address and network, and whether it is paused or lists the account.",
    "never",
    409,
  ),
  CONTRACT_MISSING: failed(
    "A function was to be called where there is no contract: the transaction would succeed and do nothing. Nothing was sent.",
    "Check the address and --network.",
    "never",
    409,
  ),
  TRANSFER_NOT_LOGGED: failed(
    "A transaction of a token succeeded and logged no transfer to the recipient: what the token did is unknown.",
    "Look at the transaction and at the recipient's balance before anything is paid again.",
    "reconcile",
    409,
  ),
  PAYOUT_INVALID: badInput(
    "A list of payments holds lines that cannot be paid as they stand; nothing was planned.",
    "Correct every line that the message names; details have all of them with their line numbers.",
  ),
  PLAN_WOULD_FAIL: failed(
    "The simulation shows that transactions cannot succeed as they are planned; nothing was started.",
    "The message says what is wrong with which transaction; --plan shows all of it as a table.",
    "safe",
    409,
  ),
  SPEC_UNEXPECTED: badInput(
    "What would be started is not what --expect-spec names.",
    "Look at the plan again with --plan: something that decides what the run does has changed since.",
    409,
  ),
  CONFIRMATION_NEEDED: badInput(
    "Something would be sent, and nobody is there to confirm it.",
    "Look at it with --plan, then give --yes, best with --expect-spec and the specRef that the plan printed.",
  ),
  TRANSACTION_UNKNOWN: badInput(
    "The store has no transaction whose hash begins like this.",
    "`mfm tx list` shows those it has; give more digits where several begin alike.",
    404,
  ),
  LANE_UNKNOWN: badInput("Nothing of this store ever stood in a lane of this name.", "`mfm lane list` shows the lanes.", 404),
} as const satisfies Record<string, ErrorEntry>;
