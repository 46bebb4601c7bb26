/** What a page shows of a command's output, against what it printed: the same, but for what is another in every run. */

/** Ids, digests, instants, durations and names of processes. */
const varying =
  /\brun:[0-9a-f]{12,64}\b|\bsha256:[0-9a-f]{12,64}\b|\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{3}Z)?|\b\d+(?:\.\d)? s\b|\b[\w.-]+:\d+:[0-9a-f]{8}\b/g;

/** Digests that depend on nothing that varies: these a page must show as they are. */
const fixed = /^(?:specRef|configDigest|output) /;

interface Pair {
  readonly kind: string;
  readonly shown: string;
  readonly actual: string;
}

/** The ids and digests that a page shows, and those that they stand for in this run. */
export class Stands {
  #pairs: readonly Pair[] = [];

  /** A command of the page with the ids and digests of this run, however far the page shortens them. */
  translate(command: string): string {
    return command.replaceAll(/\b(run:|sha256:|)([0-9a-f]{4,64})\b/g, (written, kind: string, digits: string) => {
      const pair = this.#pairs.find((known) => known.shown.startsWith(digits) && (kind === "" || known.kind === kind));
      return pair === undefined ? written : `${kind}${pair.actual.slice(0, Math.max(12, digits.length))}`;
    });
  }

  /** Whether an id of the page stands for one of this run; one seen for the first time stands for what is found. */
  agree(shownId: string, actualId: string): boolean {
    const [kind, shown, actual] = [kindOf(shownId), digitsOf(shownId), digitsOf(actualId)];
    if (kind !== kindOf(actualId) || shown.length !== actual.length) return false;
    const known = this.#pairs.find((pair) => pair.kind === kind && (pair.shown.startsWith(shown) || shown.startsWith(pair.shown)));
    if (known === undefined || known.shown.length < shown.length)
      this.#pairs = [...this.#pairs.filter((pair) => pair !== known), { kind, shown, actual }];
    return known === undefined || known.actual.startsWith(actual) || actual.startsWith(known.actual);
  }

  copy(): Stands {
    const copied = new Stands();
    copied.take(this);
    return copied;
  }

  take(other: Stands): void {
    this.#pairs = other.#pairs;
  }
}

function kindOf(id: string): string {
  return /^(?:run|sha256):/.exec(id)?.[0] ?? "";
}

function digitsOf(id: string): string {
  return id.slice(kindOf(id).length);
}

/** Whether lines are what a page shows of them; `...` stands for any lines. */
export function isShown(shown: readonly string[], actual: readonly string[], stands: Stands): boolean {
  const tried = stands.copy();
  if (!matches(shown, actual, tried)) return false;
  stands.take(tried);
  return true;
}

function matches([line, ...rest]: readonly string[], actual: readonly string[], stands: Stands): boolean {
  if (line === undefined) return actual.length === 0;
  if (line !== "...") return actual[0] !== undefined && isSameLine(line, actual[0], stands) && matches(rest, actual.slice(1), stands);
  for (let skipped = 0; skipped <= actual.length; skipped++) {
    const tried = stands.copy();
    if (!matches(rest, actual.slice(skipped), tried)) continue;
    stands.take(tried);
    return true;
  }
  return false;
}

function isSameLine(shown: string, actual: string, stands: Stands): boolean {
  if (fixed.test(shown)) return shown === actual;
  if (shown.replaceAll(varying, "*") !== actual.replaceAll(varying, "*")) return false;
  const found = actual.match(varying) ?? [];
  return (shown.match(varying) ?? []).every((token, index) => {
    const other = found[index] ?? "";
    return kindOf(token) === "" ? kindOf(other) === "" : stands.agree(token, other);
  });
}
