/** `mfm evm transfer`: from flags and a file to the op's configuration, and what each line would send. */
import type * as z from "zod";
import type { PayoutLine } from "../../ops/evm/payout-lines.ts";
import { stepKeyOf, transfer, type transferConfig } from "../../ops/evm/transfer.ts";
import { simulateTransfer, transferAction } from "../../states/evm/submit-transfer.ts";
import { fromUnits } from "../../states/portfolio/decimals.ts";
import { usage } from "../failure.ts";
import type { Place } from "../place.ts";
import { readAddress } from "../portfolio/words.ts";
import { type AssetView, describeAsset } from "./asset.ts";
import { readAmount } from "./amount.ts";
import { type WrittenLine, readPayoutFile, toPayments } from "./payout-file.ts";
import type { Proposed } from "./proposed.ts";
import type { Opening } from "./request.ts";
import type { PreparedOp, SendingOp } from "./sending.ts";

export const transferOp: SendingOp = transfer;

export interface TransferFlags {
  /** The one recipient and its amount, where no file has them. */
  readonly recipient: string | undefined;
  readonly amount: string | undefined;
  readonly file: string | undefined;
  /** None: the network's own asset. */
  readonly token: string | undefined;
  /** Who must agree to lines of at least `from`, in the asset, and how many of them; nobody: no line waits. */
  readonly approvers: readonly string[];
  readonly quorum: string | undefined;
  readonly approveFrom: string | undefined;
}

/** Errors that tokens refuse with. @see https://eips.ethereum.org/EIPS/eip-6093 */
const tokenErrors = [
  "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
  "error ERC20InvalidSender(address sender)",
  "error ERC20InvalidReceiver(address receiver)",
  "error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
];

/** @throws PAYOUT_INVALID with every line that cannot be paid; FILE_UNREADABLE, JSON_INVALID, TOKEN_REFUSED, SOURCE_FAILED, USAGE */
export async function prepareTransfer(place: Place, flags: TransferFlags, { asking, subject }: Opening): Promise<PreparedOp> {
  const written = writtenLines(flags, place.folder);
  const { network, from, terms, view, scene } = subject;
  const paid = await describeAsset(asking, view, { token: readToken(flags.token), scene });
  const lines = toPayments(written, paid.decimals, { from, asset: paid.asset, known: [] });
  const abi = paid.asset.kind === "native" ? [] : tokenErrors;
  const config: z.output<typeof transferConfig> = { network, from, asset: paid.asset, lines, terms, ...approvalOf(flags, paid), abi };
  return {
    op: transfer,
    config,
    proposed: lines.map((line, index) =>
      proposalOf(line, { paid, config, step: stepKeyOf(index, lines.length), title: titleOf(line, written[index], flags.file) }),
    ),
  };
}

/** @throws USAGE */
function approvalOf(
  { approvers, quorum, approveFrom }: TransferFlags,
  { decimals }: AssetView,
): Pick<z.output<typeof transferConfig>, "approval"> {
  if (approvers.length === 0) {
    if (quorum !== undefined || approveFrom !== undefined) throw usage("--quorum and --approve-from need --approver");
    return {};
  }
  const operators = approvers.map((text) => {
    const read = readAddress(text);
    if ("ok" in read) return read.ok;
    throw usage(`the approver ${JSON.stringify(text)} ${read.refused}`, { option: "--approver" });
  });
  const need = quorum === undefined ? operators.length : Number(/^[0-9]{1,3}$/.test(quorum) ? quorum : 0);
  if (need < 1 || need > operators.length)
    throw usage(`--quorum is a number from 1 to ${operators.length}, the approvers`, { option: "--quorum" });
  const from = readAmount(approveFrom ?? "0", decimals);
  if ("refused" in from) throw usage(`--approve-from: ${from.refused}`, { option: "--approve-from" });
  return { approval: { operators, quorum: need, from: from.ok } };
}

function writtenLines({ recipient, amount, file }: TransferFlags, folder: string): readonly WrittenLine[] {
  if (file !== undefined) {
    if (recipient !== undefined) throw usage("give a recipient and an amount, or --file, not both");
    return readPayoutFile(file, folder);
  }
  if (recipient === undefined || amount === undefined) throw usage("give a recipient and an amount, or --file");
  return [{ line: 1, recipient, amount, id: undefined, memo: undefined }];
}

function readToken(text: string | undefined): `0x${string}` | undefined {
  if (text === undefined) return undefined;
  const read = readAddress(text);
  if ("ok" in read) return read.ok;
  throw usage(`the token ${JSON.stringify(text)} ${read.refused}`, { option: "--token" });
}

function titleOf({ id }: PayoutLine, written: WrittenLine | undefined, file: string | undefined): string {
  if (file === undefined) return "payment";
  return `line ${written?.line ?? 0}${id === undefined ? "" : ` (${id})`}`;
}

interface Around {
  readonly paid: AssetView;
  readonly config: z.output<typeof transferConfig>;
  readonly step: string;
  readonly title: string;
}

function proposalOf({ recipient, amount }: PayoutLine, { paid, config, step, title }: Around): Proposed {
  const one = { ...config, recipient, amount };
  const decoded = [
    { name: "to", value: recipient },
    { name: "amount", value: `${fromUnits(amount, paid.decimals)} ${paid.symbol}` },
  ];
  return {
    step,
    title,
    action: transferAction(one),
    call: paid.asset.kind === "native" ? null : { signature: "transfer(address,uint256)", arguments: decoded },
    moves: [{ asset: paid, to: recipient, amount }],
    trial: { kind: "alone", simulate: (asking, scene) => simulateTransfer(asking, one, scene) },
  };
}
