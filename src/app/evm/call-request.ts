/** `mfm evm call`: from a signature and arguments as text to the op's configuration. */
import type * as z from "zod";
import type { Json } from "../../kernel/json.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";
import { call, type callConfig } from "../../ops/evm/call.ts";
import { encodeCall } from "../../states/abi/abi-encoding.ts";
import { type AbiItem, formatSignature, shortSignature } from "../../states/abi/abi-item.ts";
import { parseSignature } from "../../states/abi/abi-signature.ts";
import { bindTemplate } from "../../states/abi/template.ts";
import { decodeValues, readFragments, showArguments } from "../../states/evm/fragments.ts";
import { simulateCall } from "../../states/evm/simulation.ts";
import { usage } from "../failure.ts";
import type { Place } from "../place.ts";
import { readAddress } from "../portfolio/words.ts";
import { readValue } from "./amount.ts";
import type { Opening } from "./request.ts";
import type { PreparedOp, SendingOp } from "./sending.ts";

export const callOp: SendingOp = call;

export interface CallFlags {
  readonly to: string;
  /** `mint(address to, uint256 amount)` */
  readonly signature: string;
  /** Texts; what reads as JSON is JSON. */
  readonly arguments: readonly string[];
  /** In the network's own asset, such as 0.5. */
  readonly value: string | undefined;
  /** More signatures: events and errors to read. */
  readonly abi: readonly string[];
}

/** @throws ABI_INVALID, ABI_ARGUMENTS_INVALID, USAGE */
export function prepareCall(_place: Place, flags: CallFlags, { subject }: Opening): PreparedOp {
  const { network, from, terms, view } = subject;
  const item = functionOf(flags.signature);
  const value = readValue(flags.value, view.native.decimals);
  if (value > 0n && !item.payable && /\bpayable\b/.test(flags.signature)) throw usage("--value: the function takes none");
  const data = bindTemplate(encodeCall(item, flags.arguments.map(argumentOf), new Set()), {});
  const abi = [formatSignature(item), ...flags.abi];
  const config: z.output<typeof callConfig> = { network, from, to: readTo(flags.to), value, data, abi, terms };
  const action = { to: config.to, value, data };
  return {
    op: call,
    config,
    proposed: [
      {
        step: "call",
        title: item.name,
        action,
        call: { signature: shortSignature(item), arguments: showArguments(item, decodeValues(item.inputs, `0x${data.slice(10)}`) ?? []) },
        moves: value === 0n ? [] : [{ asset: { asset: { kind: "native" }, ...view.native }, to: config.to, amount: value }],
        trial: {
          kind: "alone",
          simulate: (asking, scene) => simulateCall(asking, config, { scene, action, abi: readFragments(abi) }),
        },
      },
    ],
  };
}

function functionOf(signature: string): AbiItem {
  const item = parseSignature(signature);
  if (item.kind === "function") return item;
  throw usage(`${JSON.stringify(signature)} is no function`);
}

function readTo(text: string): `0x${string}` {
  const read = readAddress(text);
  if ("ok" in read) return read.ok;
  throw usage(`the contract ${JSON.stringify(text)} ${read.refused}`);
}

/** Lists, objects and truth values are written as JSON; numbers stay text, so that no digit is lost. */
export function argumentOf(text: string): Json {
  if (text === "true" || text === "false") return text === "true";
  return /^\s*[[{"]/.test(text) ? readStrictJson(text) : text;
}
