/** Specs as JSON that tests change. */
import { type Json, limits } from "../../src/kernel/json.ts";

export type Mutable = { [name: string]: Mutable } & Mutable[];
/** Sets the member at a JSON pointer; undefined takes it out, `-` appends. */
export function put(pointer: string, value: Json | undefined): (spec: Mutable) => void {
  return (spec) => {
    const names = pointer.slice(1).split("/");
    let at = spec;
    for (const name of names.slice(0, -1)) at = at[name] as Mutable;
    const last = names.at(-1) ?? "";
    if (last === "-") at.push(value as never);
    else if (value === undefined && Array.isArray(at)) at.splice(Number(last), 1);
    else if (value === undefined) Reflect.deleteProperty(at, last);
    else at[last] = value as never;
  };
}

/** One step more than a spec may have. */
export const manyWaits = Array.from({ length: limits.stepsPerSpec + 1 }, (_, index): Json => ({
  after: [],
  durationMs: 0,
  key: `wait/${index}`,
  kind: "wait",
}));
