/** Calls and what they must return, as a lifecycle file writes them: functions by name where the ABI of an artifact has them. */
import { MfmError } from "../../kernel/errors.ts";
import type { LifecycleRequest } from "../../ops/contracts/lifecycle-config.ts";
import { type AbiItem, formatSignature } from "../../states/abi/abi-item.ts";
import { findItem } from "../../states/abi/abi-json.ts";
import { type Members, type TableReader, under } from "../config-table.ts";
import { jsonTextOf } from "./json-text.ts";

type Configure = NonNullable<LifecycleRequest["configure"]>[number];
type Call = Omit<Configure, "ensures" | "name" | "undo">;
type Expectation = NonNullable<Configure["unless"]>;

const callMembers = ["contract", "call", "args", "value", "unless"];
const expectationMembers = ["contract", "call", "args", "returns"];

export class CallReader {
  readonly table: TableReader;
  /** What functions and events are looked for in, by contract. */
  readonly #abis: ReadonlyMap<string, readonly AbiItem[]>;

  readonly #sender: () => string;

  constructor(table: TableReader, abis: ReadonlyMap<string, readonly AbiItem[]>, sender: () => string) {
    this.table = table;
    this.#abis = abis;
    this.#sender = sender;
  }

  configure(value: unknown, path: string): Configure | undefined {
    const { table } = this;
    const given = table.table(value, path, ["name", "ensures", "undo", ...callMembers]);
    const name = table.required(given["name"], under(path, "name"), "a name");
    const call = this.#call(given, path, undefined);
    if (name === undefined || call === undefined) return undefined;
    const ensures = this.#expectation(given["ensures"], under(path, "ensures"), call.contract);
    const undoGiven = given["undo"] === undefined ? undefined : table.table(given["undo"], under(path, "undo"), callMembers);
    const undo = undoGiven === undefined ? undefined : this.#call(undoGiven, under(path, "undo"), call.contract);
    return { name, ...call, ...(ensures === undefined ? {} : { ensures }), ...(undo === undefined ? {} : { undo }) };
  }

  #call(given: Members, path: string, of: string | undefined): Call | undefined {
    const contract = this.contract(given, path, of);
    const signature =
      contract === undefined ? undefined : this.signature(given["call"], under(path, "call"), { contract, kind: "function" });
    if (contract === undefined || signature === undefined) return undefined;
    const unless = this.#expectation(given["unless"], under(path, "unless"), contract);
    const value = this.wei(given["value"], under(path, "value"));
    return { contract, signature, args: this.args(given, path), value, ...(unless === undefined ? {} : { unless }) };
  }

  #expectation(value: unknown, path: string, of: string): Expectation | undefined {
    return value === undefined ? undefined : this.expected(this.table.table(value, path, expectationMembers), path, of);
  }

  expected(given: Members, path: string, of: string | undefined): Expectation | undefined {
    const contract = this.contract(given, path, of);
    const signature =
      contract === undefined ? undefined : this.signature(given["call"], under(path, "call"), { contract, kind: "function" });
    const returns = this.json(given["returns"], under(path, "returns"), "what the call returns");
    if (contract === undefined || signature === undefined || returns === undefined) return undefined;
    return { contract, signature, args: this.args(given, path), returns };
  }

  /** The contract that is named; `of` where none is. */
  contract(given: Members, path: string, of: string | undefined): string | undefined {
    const { table } = this;
    if (of !== undefined && given["contract"] === undefined) return of;
    return table.required(given["contract"], under(path, "contract"), "a contract's name");
  }

  /** As the op takes it: whole as it is written, or by a name or short signature that the contract's ABI has. */
  signature(
    value: unknown,
    path: string,
    { contract, kind }: { readonly contract: string; readonly kind: "event" | "function" },
  ): string | undefined {
    const written = this.table.required(value, path, `a ${kind}'s name or signature`);
    const abi = this.#abis.get(contract) ?? [];
    const isWhole =
      written !== undefined && (/\breturns\b|^event |^function /.test(written) || (abi.length === 0 && written.includes("(")));
    if (written === undefined || isWhole) return written;
    if (abi.length > 0) return this.attempt(path, () => formatSignature(findItem(abi, kind, written)));
    return this.table.note(path, `write the whole signature: ${contract} has no artifact to look in`);
  }

  args(given: Members, path: string): string {
    return given["args"] === undefined ? "[]" : (this.json(given["args"], under(path, "args"), "arguments") ?? "[]");
  }

  json(value: unknown, path: string, what: string): string | undefined {
    if (value === undefined) return this.table.note(path, `is missing: expected ${what}`);
    return (
      jsonTextOf(value, this.#sender()) ?? this.table.note(path, `expected ${what}: no fractions, and whole numbers beyond 2^53 as text`)
    );
  }

  wei(value: unknown, path: string): string {
    if (value === undefined) return "0";
    if (
      (typeof value === "number" || typeof value === "string" || typeof value === "bigint") &&
      /^(?:0|[1-9][0-9]{0,77})$/.test(`${value}`)
    )
      return `${value}`;
    this.table.note(path, "expected a whole number of wei, beyond 2^53 as text");
    return "0";
  }

  /** What `make` makes; undefined, and noted, where it refuses. */
  attempt<T>(path: string, make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof MfmError) || error.code === "INTERNAL") throw error;
      return this.table.note(path, error.message);
    }
  }
}
