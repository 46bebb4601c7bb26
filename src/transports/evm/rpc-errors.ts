/**
 * What a node means by an error: the texts and codes of geth, Erigon, Nethermind, Besu, Reth, anvil, hardhat and the hosted providers,
 * brought to one closed list. @see EIP-1474 for the codes that they agree on
 */
import type { FailureReason } from "../../capabilities/evm/failure.ts";
import { unreachable } from "../../kernel/errors.ts";

/** The `error` member of a JSON-RPC answer. */
export interface RpcError {
  readonly code: number | undefined;
  readonly message: string;
  readonly data?: unknown;
}

export type RpcFault =
  /** The call failed in the EVM: by REVERT with `data`, or halted (invalid opcode, stack, jump), which has none: `0x`. */
  { readonly kind: "reverted"; readonly data: `0x${string}` } | { readonly kind: RpcFaultKind };

export type RpcFaultKind =
  /** Out of gas, or out of the time that the node gives one call. */
  | "out_of_gas"
  /** More gas than the node lets one call have. */
  | "gas_capped"
  | "no_block"
  /** It has the block, but the state of that block no more. */
  | "no_state"
  | "no_method"
  | "bad_params"
  | "rate_limited"
  | "answer_too_large"
  | "request_too_large"
  | "batch_refused"
  | "unauthorized"
  | "unavailable"
  | "other";

/** The meaning of an error answer. */
export function classifyRpcError({ code, message, data }: RpcError): RpcFault {
  // First, and by how it begins: what stands behind it is the contract's text, which may say anything.
  if (code === 3 || reverts.test(message) || (vmFailed.test(message) && typeof data === "string" && /^revert/i.test(data)))
    return { kind: "reverted", data: revertData(data) ?? "0x" };
  const text = vmFailed.test(message) && typeof data === "string" ? `${message} ${data}` : message;
  if (halts.test(text)) return { kind: "reverted", data: "0x" };
  const spelled = spellings.find(([, pattern]) => pattern.test(text));
  if (spelled !== undefined) return { kind: spelled[0] };
  return { kind: (code === undefined ? undefined : codes.get(code)) ?? "other" };
}

/** How a fault is named in an answer that tells why a source gave none. */
export function reasonOfFault(fault: RpcFault): FailureReason {
  switch (fault.kind) {
    case "no_block":
    case "no_state":
      return "no_block";
    case "no_method":
      return "unsupported";
    case "rate_limited":
    case "unauthorized":
    case "unavailable":
      return fault.kind;
    case "answer_too_large":
    case "request_too_large":
      return "too_large";
    case "reverted":
    case "out_of_gas":
    case "gas_capped":
    case "bad_params":
    case "batch_refused":
    case "other":
      return "refused";
    default:
      return unreachable(fault);
  }
}

const reverts = /^(?:error: )?(?:vm exception while processing transaction:? ?|transaction )*(?:the )?(?:execution |evm )?revert/i;

/** OpenEthereum, Nethermind: the data says what happened. */
const vmFailed = /^vm execution error/i;

const halts =
  /invalid.?(?:fe.?)?op.?code|opcode.?not.?found|bad.?instruction|stack.?(?:under|over)flow|stack limit reached|(?:invalid|bad).?jump|write protection|static.?(?:call.?)?violation|return data out of bounds|returndata.?out.?of.?bounds|(?:state change|call not allowed).{0,8}(?:inside )?static|outofoffset/i;

/** In this order: the texts of a later line may stand in an earlier one's. */
const spellings: readonly (readonly [RpcFaultKind, RegExp])[] = [
  [
    "gas_capped",
    /exceeds (?:the )?(?:block|transaction|tx) gas (?:limit|cap)|gas ?limit ?(?:is )?(?:too high|more than block)|CallerGasLimitMoreThanBlock|TxGasLimitGreaterThanCap|gas (?:limit )?exceeds (?:the )?(?:maximum|allowed|cap)/i,
  ],
  [
    "out_of_gas",
    /out ?of ?gas|gas required exceeds|oog\b|intrinsic gas too|gas uint64 overflow|insufficient.?gas|memory.?limit.?oog|execution aborted \(timeout|(?:evm|execution|call) time(?:d )?.?out/i,
  ],
  [
    "no_state",
    /missing trie node|state.{0,40}(?:un|not )available|no state available|world ?state|\bpruned|pruning|archive|maximum proof window|state (?:is )?(?:missing|not found)/i,
  ],
  [
    "batch_refused",
    /batch.{0,40}(?:too (?:large|big|long|many)|limit|exceed|max|not (?:supported|allowed))|(?:exceed|max|limit|too (?:many|large|big)|not support).{0,40}\bbatch/i,
  ],
  [
    "answer_too_large",
    /(?:response|result|answer|returned data).{0,24}(?:too (?:large|big)|exceed|limit|greater than)|query returned more than|exceeds? max(?:imum)? (?:response|results?)|max(?:imum)? (?:response|results?) (?:size )?exceed|too many results/i,
  ],
  [
    "rate_limited",
    /rate.?limit|too many requests|request limit|requests? per (?:second|minute|day)|compute units|capacity|request (?:count|rate) exceeded|throughput|quota|exceeded.{0,24}(?:limit|credits)|limit.{0,12}exceeded|throttl/i,
  ],
  [
    "request_too_large",
    /(?:request|body|payload|content|input|data)(?: \w+)? (?:is )?(?:too (?:large|big)|oversized)|oversized|entity too large|max message size/i,
  ],
  [
    "no_block",
    /header (?:for hash )?not found|unknown (?:block|header|ancestor)|block (?:\S+ )?(?:is |could )?(?:not (?:be found|found|available|canonical)|does ?n[o']t exist|out of range)|not (?:currently )?canonical|BlockOutOfRange|block requested not found|(?:cannot|could not|can't) find (?:the )?block|invalid block (?:tag|hash|number)|block height is|after last accepted block|(?:safe|finalized) block|blocks specified in filter.{0,60}cannot be found|future block|block is in the future|block number .{0,20}(?:greater|higher)/i,
  ],
  [
    "no_method",
    /method.{0,80}(?:not |un)(?:found|supported|available|exist|allowed|whitelisted|enabled)|does not exist\/is not|unsupported method|unknown method/i,
  ],
  [
    "unauthorized",
    /unauthori[sz]ed|forbidden|(?:invalid|missing|bad|unknown|disabled) (?:api|access|project|app)|(?:api.?key|project id|credentials|authentication).{0,24}(?:required|invalid|missing)|must be authenticated|access denied/i,
  ],
  [
    "bad_params",
    /invalid (?:params|argument|parameter)|too many arguments|missing value for required|cannot unmarshal|unsupported (?:block|param)|invalid (?:length|type)|expected tuple|parse error|unknown field/i,
  ],
  [
    "unavailable",
    /internal (?:server )?error|unavailable|temporar|upstream|bad gateway|overload|try again|time(?:d )?.?out|cannot fulfill|syncing|busy/i,
  ],
];

const codes: ReadonlyMap<number, RpcFaultKind> = new Map([
  [-32001, "no_block"],
  [-32002, "unavailable"],
  [-32004, "no_method"],
  [-32005, "rate_limited"],
  [-32007, "request_too_large"],
  [-32008, "answer_too_large"],
  [-32600, "bad_params"],
  [-32601, "no_method"],
  [-32602, "bad_params"],
  [-32603, "unavailable"],
  [-32700, "bad_params"],
  [429, "rate_limited"],
  [4100, "unauthorized"],
  [4200, "no_method"],
  [4900, "unavailable"],
  [4901, "unavailable"],
]);

/** What a contract returned with REVERT, wherever the node puts it. */
function revertData(data: unknown, depth = 0): `0x${string}` | undefined {
  if (typeof data === "string") {
    const hex = /^(?:reverted ?)?(0x(?:[0-9a-f]{2})*)$/i.exec(data.trim())?.[1];
    return hex === undefined ? undefined : (hex.toLowerCase() as `0x${string}`);
  }
  if (typeof data !== "object" || data === null || depth >= 4) return undefined;
  for (const [name, member] of Object.entries(data)) {
    // ganache has an object by transaction hash, wallets the error of the node inside their own.
    if (!["data", "result", "return", "originalError", "error", "output"].includes(name) && !/^0x[0-9a-f]{64}$/i.test(name)) continue;
    const found = revertData(member, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
