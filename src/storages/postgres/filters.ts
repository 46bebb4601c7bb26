/** The conditions of a list, made of the filters that are given, so that each combination is a statement with a plan of its own. */

export class Filters {
  readonly values: unknown[] = [];
  readonly #conditions: string[] = [];
  readonly #names: string[] = [];

  /** `?` stands for the value. A filter that is not given is none. */
  where(name: string, given: string | number | undefined, condition: string): void {
    if (given === undefined) return;
    this.values.push(given);
    this.#conditions.push(condition.replace("?", `$${this.values.length}`));
    this.#names.push(name);
  }

  /** What begins like the prefix is below the prefix followed by the highest code point. */
  prefix(name: string, given: string | undefined, column: string): void {
    this.where(name, given, `${column} >= ?`);
    this.where("to", given === undefined ? undefined : `${given}\u{10ffff}`, `${column} < ?`);
  }

  /** The rest of a statement that selects. */
  rest(order: string, limit: number): string {
    this.values.push(limit);
    const filtered = this.#conditions.length === 0 ? "" : `where ${this.#conditions.join(" and ")}`;
    return `${filtered} order by ${order} limit $${this.values.length}`;
  }

  /** The name of a statement with these filters. */
  name(list: string): string {
    return [list, ...this.#names].join(" ");
  }
}
