/** Lowering what must be true of contracts to the reads that look at it: a role is a call of hasRole, a proxy's implementation is a slot. */
import { readStrictJson } from "../../kernel/json-reader.ts";
import { type Json, isJsonObject } from "../../kernel/json.ts";
import { encodeArguments } from "../../states/abi/abi-encoding.ts";
import { parseSignature } from "../../states/abi/abi-signature.ts";
import { type ExpectedArgument, expectArgument, isComparable } from "../../states/abi/expected-argument.ts";
import type { CodeExpectation } from "../../states/contracts/assert-code.ts";
import type { LogExpectation } from "../../states/contracts/assert-log.ts";
import { type StorageExpectation, proxySlot } from "../../states/contracts/assert-storage.ts";
import type { CallExpectation } from "../../states/contracts/call-expectation.ts";
import type { ContractEntry, LifecycleConfig, Validation } from "./lifecycle-config.ts";
import type { Lowering } from "./lower-lifecycle.ts";

type Of<K extends Validation["kind"]> = Extract<Validation, { readonly kind: K }>;
export type LogSource = Of<"log">["transaction"];

/** One read, under the name of its assertion. */
export type Check = { readonly name: string } & (
  | { readonly kind: "code"; readonly expectation: CodeExpectation }
  | { readonly kind: "storage"; readonly expectation: StorageExpectation }
  | { readonly kind: "call"; readonly expectation: CallExpectation }
  | { readonly kind: "log"; readonly expectation: LogExpectation; readonly transaction: LogSource }
);

export function lowerValidation(lowering: Lowering, { contracts, configure = [], validate }: LifecycleConfig): Check[] {
  return (validate?.assertions ?? []).flatMap((assertion, index): Check[] => {
    const path = `/validate/assertions/${index}`;
    if (!lowering.isKnown(`${path}/contract`, assertion.contract)) return [];
    const { name } = assertion;
    switch (assertion.kind) {
      case "code": {
        const expectation = lowerCode(lowering, assertion, { path, contracts });
        return expectation === undefined ? [] : [{ name, kind: "code", expectation }];
      }
      case "code_hash":
        return [{ name, kind: "code", expectation: { kind: "hash", contract: assertion.contract, hash: assertion.hash } }];
      case "slot":
      case "proxy": {
        const expectation = lowerSlot(lowering, assertion, path);
        return expectation === undefined ? [] : [{ name, kind: "storage", expectation }];
      }
      case "call": {
        const expectation = lowering.expectation(path, assertion);
        return expectation === undefined ? [] : [{ name, kind: "call", expectation }];
      }
      case "role": {
        const expectation = lowerRole(lowering, assertion, path);
        return expectation === undefined ? [] : [{ name, kind: "call", expectation }];
      }
      case "log": {
        const expectation = lowerLog(lowering, assertion, path);
        checkSource(lowering, assertion.transaction, { path: `${path}/transaction`, contracts, configure });
        return expectation === undefined ? [] : [{ name, kind: "log", expectation, transaction: assertion.transaction }];
      }
    }
  });
}

interface Within {
  readonly path: string;
  readonly contracts: readonly ContractEntry[];
}

function lowerCode(lowering: Lowering, { contract, metadata }: Of<"code">, { path, contracts }: Within): CodeExpectation | undefined {
  const code = contracts.find(({ name }) => name === contract)?.runtime;
  if (code === undefined) {
    lowering.note(`${path}/contract`, "nothing says which code it must have: give the contract an artifact, or assert a code_hash");
    return undefined;
  }
  return { kind: "artifact", contract, code, metadata };
}

function lowerSlot(lowering: Lowering, assertion: Of<"proxy" | "slot">, path: string): StorageExpectation | undefined {
  const { contract, value } = assertion;
  const type = assertion.kind === "proxy" ? "address" : assertion.type;
  const [parameter] = parseSignature(`f(${type})`).inputs;
  const expected = lowering.attempt(`${path}/value`, () =>
    encodeArguments({
      parameters: parameter === undefined ? [] : [parameter],
      args: [readStrictJson(value)],
      contracts: lowering.contracts,
    }),
  );
  if (expected === undefined) return undefined;
  return assertion.kind === "proxy"
    ? { contract, slot: proxySlot(assertion.slot), label: `EIP-1967 ${assertion.slot}`, expected }
    : { contract, slot: assertion.slot, label: type, expected };
}

const hasRole = "function hasRole(bytes32 role, address account) returns (bool)";
const defaultAdmin = `0x${"0".repeat(64)}`;

function lowerRole(lowering: Lowering, { contract, role, account, holds }: Of<"role">, path: string): CallExpectation | undefined {
  const given = lowering.attempt(`${path}/account`, () => readStrictJson(account));
  if (given === undefined) return undefined;
  const args = JSON.stringify([roleJson(role), given]);
  return lowering.expectation(path, { contract, signature: hasRole, args, returns: holds ? "true" : "false" });
}

/** A role is the hash of its name, but for the one that every contract has from its beginning. */
function roleJson(role: string): Json {
  if (role === "DEFAULT_ADMIN_ROLE") return defaultAdmin;
  return /^0x[0-9a-fA-F]{64}$/.test(role) ? role : { $keccak: role };
}

function lowerLog(lowering: Lowering, { contract, signature, args }: Of<"log">, path: string): LogExpectation | undefined {
  const event = lowering.attempt(`${path}/signature`, () => parseSignature(signature));
  if (event === undefined) return undefined;
  if (event.kind !== "event") {
    lowering.note(`${path}/signature`, "is not of an event: begin it with event");
    return undefined;
  }
  const given = lowering.attempt(`${path}/args`, () => readStrictJson(args));
  if (given === undefined) return undefined;
  const expected: ExpectedArgument[] = [];
  const add = (position: number, value: Json, at: string): void => {
    const parameter = event.inputs[position];
    if (parameter === undefined) return lowering.note(at, "the event has no such argument");
    if (!isComparable(parameter))
      return lowering.note(at, "an indexed list or tuple leaves only a hash that cannot be compared: leave it out");
    const argument = lowering.attempt(at, () => expectArgument(event, position, { args: [value], contracts: lowering.contracts }));
    if (argument !== undefined) expected.push(argument);
  };
  if (Array.isArray(given)) (given as readonly Json[]).forEach((value, position) => add(position, value, `${path}/args/${position}`));
  else if (isJsonObject(given))
    for (const [name, value] of Object.entries(given))
      add(
        event.inputs.findIndex((parameter) => parameter.name === name),
        value,
        `${path}/args/${name}`,
      );
  else lowering.note(`${path}/args`, "expected a list, or an object by name");
  return { contract, signature, args: expected };
}

function checkSource(
  lowering: Lowering,
  source: LogSource,
  { path, contracts, configure }: Within & { readonly configure: NonNullable<LifecycleConfig["configure"]> },
): void {
  if (
    source.kind === "deploy" &&
    !contracts.some(({ name, kind }) => name === source.contract && (kind === "create" || kind === "create2"))
  )
    lowering.note(`${path}/contract`, `no contract named ${source.contract} is deployed here`);
  if (source.kind === "configure" && !configure.some(({ name }) => name === source.call))
    lowering.note(`${path}/call`, `no call is named ${source.call}`);
}
