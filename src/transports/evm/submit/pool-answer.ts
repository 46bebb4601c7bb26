/** What a node means when it does not take a transaction, in the spellings of geth, reth, erigon, nethermind, besu, anvil, hardhat and gateways. */
import type { PoolAnswer } from "../../../capabilities/evm/transaction-evidence.ts";
import type { RpcFailure } from "../provider.ts";

/** `unclear` where the node said nothing of the transaction itself: it may have taken it. */
export function classifyRefusal({ fault, message }: Pick<RpcFailure, "fault" | "message">): PoolAnswer {
  // Only what a node answers as an error of the call is about the transaction.
  if (fault === undefined) return "unclear";
  return spellings.find(([, pattern]) => pattern.test(message))?.[0] ?? "unclear";
}

/** In this order: the texts of a later line may stand in an earlier one's. */
const spellings: readonly (readonly [PoolAnswer, RegExp])[] = [
  // Not "unknown transaction".
  [
    "known",
    /already ?known|already ?imported|already (?:exists|in (?:the )?(?:mem)?pool|been (?:submitted|imported))|(?:^|[^n])known transaction|same hash was already|duplicate transaction|tx already in mempool|transaction already/i,
  ],
  [
    "replacement_underpriced",
    /replacement.{0,40}(?:underpriced|fee too low|not allowed|too low)|ReplacementNotAllowed|(?:higher|new) gas price.{0,40}(?:replace|bump)|could not replace|max(?:PriorityFee|Fee)PerGas of at least.{0,40}replace|bump.{0,24}(?:too low|insufficient)|underpriced to replace|TRANSACTION_REPLACEMENT_UNDERPRICED/i,
  ],
  [
    "nonce_too_low",
    /nonce (?:is )?(?:too low|has already been used|already used)|nonce too small|old ?nonce|nonce.{0,40}(?:lower than|less than|below)|expected nonce to be.{0,40}but got|invalid nonce; got|NONCE_TOO_LOW|transaction nonce is too low/i,
  ],
  [
    "in_flight_limit",
    /in-?flight transaction limit|delegated account|gapped-?nonce tx from delegated|PendingTxsLimitReached.{0,24}delegat|delegatable|conflicts with.{0,24}delegat/i,
  ],
  [
    "already_reserved",
    /already reserved|address (?:is )?reserved|conflicting tx type|blob.{0,24}already in (?:the )?pool|ConflictingTransactionType/i,
  ],
  [
    "nonce_too_high",
    /nonce (?:is )?too (?:high|far|distant|large)|nonce.{0,24}(?:exceeds|in the future|out of range|gap|greater than)|tx-nonce-too-high|NONCE_GAP|nonce-?gapped|NonceTooFarInFuture|too far in the future|expected nonce.{0,24}higher/i,
  ],
  [
    "insufficient_funds",
    /insufficient (?:funds|balance|sender balance|eth)|(?:balance|funds).{0,40}(?:too low|insufficient|not enough|exceed)|does ?n[o']t have enough funds|not enough (?:balance|funds)|upfront[ -]?cost.{0,24}exceeds|InsufficientFunds|out of funds|sender balance/i,
  ],
  [
    "gas_too_low",
    /intrinsic gas|gas ?(?:limit)? (?:is )?too low|floor data gas|gas floor|IntrinsicGas|not enough gas to cover|base gas|requires at least \d+ gas/i,
  ],
  [
    "fee_below_base",
    /max ?fee ?per ?gas.{0,40}(?:less than|lower than|below|too low).{0,24}(?:block )?base ?fee|fee cap (?:less than|cannot be lower than) (?:block )?base fee|lower than (?:the )?(?:current )?base ?fee|FeeTooLowToCompete.{0,24}base|gas ?price below (?:current )?base ?fee|less than (?:the )?(?:block )?base ?fee|below base fee/i,
  ],
  [
    "underpriced",
    /underpriced|gas price (?:is )?(?:too low|below)|(?:tip|fee|priority fee|gas fee|max fee).{0,24}(?:too low|below (?:the )?minimum|minimum)|FeeTooLow|below (?:configured )?minimum|GAS_PRICE_TOO_LOW|minimum (?:needed|gas price)|min(?:imum)? (?:tip|fee)/i,
  ],
  [
    "pool_full",
    /(?:pool|mempool|queue) (?:is )?full|txpool (?:is )?(?:full|overflow)|too many (?:pending|queued)|overflow(?:ed)? pool|future transaction tries to replace|account ?limit exceeded|limit reached|discarded/i,
  ],
  [
    "gas_too_high",
    /exceeds (?:the )?(?:block|transaction|tx|max(?:imum)?)? ?gas ?(?:limit|cap)|gas ?limit (?:is )?(?:too high|exceed)|transaction gas limit|GasLimitExceeded|gas limit cap|exceeds the configured cap|tx fee .{0,60}exceeds/i,
  ],
  [
    "too_large",
    /oversized|init ?code size|initcode|(?:transaction|data|code) (?:size )?(?:too large|exceeds)|size limit|MaxInitCode|too big/i,
  ],
  ["wrong_chain", /chain ?-?id|replay-?protect|wrong chain|EIP-?155/i],
  [
    "unsupported_type",
    /transaction type (?:not supported|.{0,24}(?:unsupported|invalid))|unsupported (?:transaction|tx) type|type not (?:supported|yet)|TxTypeNotSupported|not supported.{0,24}(?:transaction|tx) type|invalid transaction type/i,
  ],
  [
    "denied",
    /blacklist|black list|ban(?:ned)?\b|denied|not allowed|blocked|sanction|forbidden|not permitted|not whitelisted|sender not an eoa|rejected|reverted/i,
  ],
];
