/** The values that a driver has at hand: outputs of steps, and what belongs to their effects, as data: remembered while they are fresh, read from the store where they are not. */
import { readJsonArtifact } from "../artifacts.ts";
import type { Digest } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { Fold } from "../fold.ts";
import type { Json } from "../json.ts";
import { type Binding, resolveBinding, sourcesOf } from "../spec.ts";
import type { NewArtifact, Store } from "../store.ts";
import { artifactsOf } from "./history.ts";

const kept = 1024;

export class Values {
  readonly #store: Store;
  readonly #values = new Map<Digest, Json>();
  /** Of the batch that is being made: nobody else has them before it is committed, so none is forgotten. */
  readonly #fresh = new Map<Digest, Json>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** What the batch in hand brings: the next step, or the run's output, may be made of it before it is committed. */
  bring(artifacts: readonly NewArtifact[]): void {
    for (const { digest, body } of artifacts) if (typeof body === "string") this.#fresh.set(digest, JSON.parse(body) as Json);
  }

  /** The batch in hand is committed, or what it brought comes again. */
  settle(): void {
    for (const [digest, value] of this.#fresh) this.#keep(digest, value);
    this.#fresh.clear();
  }

  #keep(digest: Digest, value: Json): void {
    if (this.#values.size >= kept) this.#values.delete(this.#values.keys().next().value as Digest);
    this.#values.set(digest, value);
  }

  /** The data that a binding stands for. @throws HISTORY_INVALID when an output is missing or altered */
  async resolve(fold: Fold, binding: Binding): Promise<Json> {
    const values = new Map<string, Json>();
    for (const key of sourcesOf(binding)) {
      if (!values.has(key)) values.set(key, await this.#outputOf(fold, key));
    }
    return resolveBinding(binding, (key) => values.get(key) ?? null);
  }

  async #outputOf(fold: Fold, key: string): Promise<Json> {
    const digest = fold.outputOf(key);
    if (digest === undefined) throw new MfmError("INTERNAL", `the output of ${key} is not there yet`);
    return this.read(digest);
  }

  /** The data of an artifact. @throws HISTORY_INVALID when it is missing or altered */
  async read(digest: Digest): Promise<Json> {
    const known = this.#fresh.has(digest) ? this.#fresh.get(digest) : this.#values.get(digest);
    if (known !== undefined) return known;
    const value = await readJsonArtifact(artifactsOf(this.#store), digest);
    this.#keep(digest, value);
    return value;
  }
}
