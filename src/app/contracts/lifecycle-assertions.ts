/** What must be true of contracts, as a lifecycle file writes it. */
import type { LifecycleRequest } from "../../ops/contracts/lifecycle-config.ts";
import { type Members, under } from "../config-table.ts";
import type { CallReader } from "./lifecycle-calls.ts";

type Assertion = NonNullable<LifecycleRequest["validate"]>["assertions"][number];
type Kind = Assertion["kind"];

const membersOf: { readonly [K in Kind]: readonly string[] } = {
  call: ["call", "args", "returns"],
  code: ["metadata"],
  code_hash: ["hash"],
  log: ["event", "args", "transaction"],
  proxy: ["slot", "value"],
  role: ["role", "account", "holds"],
  slot: ["slot", "type", "value"],
};
const kinds = Object.keys(membersOf) as Kind[];

export function readAssertion(calls: CallReader, value: unknown, path: string): Assertion | undefined {
  const { table } = calls;
  const all = table.members(value, path);
  if (all["kind"] === undefined) return table.note(under(path, "kind"), `is missing: expected one of ${kinds.join(", ")}`);
  const kind = table.choice(all["kind"], under(path, "kind"), kinds);
  if (kind === undefined) return undefined;
  const given = table.table(value, path, ["name", "contract", "kind", ...membersOf[kind]]);
  const name = table.required(given["name"], under(path, "name"), "a name");
  const contract = calls.contract(given, path, undefined);
  const rest = contract === undefined ? undefined : readKind(calls, { kind, given, path, contract });
  return name === undefined || contract === undefined || rest === undefined ? undefined : ({ ...rest, name, contract } as Assertion);
}

interface Reading {
  readonly kind: Kind;
  readonly given: Members;
  readonly path: string;
  readonly contract: string;
}

function readKind(calls: CallReader, { kind, given, path, contract }: Reading): object | undefined {
  const { table } = calls;
  const text = (member: string, what: string) => table.required(given[member], under(path, member), what);
  const json = (member: string, what: string) => calls.json(given[member], under(path, member), what);
  switch (kind) {
    case "call": {
      const expected = calls.expected(given, path, contract);
      return expected === undefined ? undefined : { kind, ...expected };
    }
    case "code":
      return { kind, metadata: table.choice(given["metadata"], under(path, "metadata"), ["same", "any"] as const) ?? "same" };
    case "code_hash":
      return whole({ kind, hash: text("hash", "32 bytes in hex") });
    case "log":
      return readLog(calls, { kind, given, path, contract });
    case "proxy": {
      const slot = table.choice(given["slot"] ?? "implementation", under(path, "slot"), ["admin", "beacon", "implementation"] as const);
      return whole({ kind, slot, value: json("value", "an address, or { $ref = NAME }") });
    }
    case "role": {
      const holds = table.flag(given["holds"] ?? true, under(path, "holds"));
      return whole({
        kind,
        role: text("role", "a role's name or hash"),
        account: json("account", "an address, or { $ref = NAME }"),
        holds,
      });
    }
    case "slot": {
      const type = table.choice(given["type"] ?? "bytes32", under(path, "type"), ["address", "bool", "bytes32", "uint256"] as const);
      return whole({ kind, slot: text("slot", "32 bytes in hex"), type, value: json("value", "a value") });
    }
  }
}

function readLog(calls: CallReader, { kind, given, path, contract }: Reading): object | undefined {
  const { table } = calls;
  const signature = calls.signature(given["event"], under(path, "event"), { contract, kind: "event" });
  const at = under(path, "transaction");
  const source = table.table(given["transaction"], at, ["deploy", "configure", "hash"]);
  const [[which, value] = [undefined, undefined], ...others] = Object.entries(source);
  const named = which === undefined ? undefined : table.required(value, under(at, which), "a name or a hash");
  if (named === undefined || others.length > 0) return table.note(at, "expected one of deploy = CONTRACT, configure = CALL, hash = 0x...");
  const transaction =
    which === "deploy"
      ? { kind: "deploy", contract: named }
      : which === "configure"
        ? { kind: "configure", call: named }
        : { kind: "named", transactionHash: named };
  const args = given["args"] === undefined ? "{}" : calls.args(given, path);
  return signature === undefined ? undefined : { kind, signature, args, transaction };
}

/** Undefined where a member was noted as missing. */
function whole<T extends object>(members: T): T | undefined {
  return Object.values(members).includes(undefined) ? undefined : members;
}
