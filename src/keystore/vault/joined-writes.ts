/** Records that come at once and are written at once: one write to the disk for all who wait for it. */

export class JoinedWrites<T> {
  readonly #write: (take: () => readonly T[]) => Promise<void>;
  /** Those that will be written together, while more may join them; and their write. */
  #joined: T[] | undefined;
  #written: Promise<void> = Promise.resolve();

  /** `write` waits for its turn, and then takes the records: whoever comes later begins the next write. */
  constructor(write: (take: () => readonly T[]) => Promise<void>) {
    this.#write = write;
  }

  /** Written when it resolves. @throws what the write throws, which is then thrown to all who joined it */
  async add(record: T): Promise<void> {
    const joined = this.#joined ?? [];
    joined.push(record);
    if (this.#joined === undefined) {
      this.#joined = joined;
      const leave = (): readonly T[] => {
        if (this.#joined === joined) this.#joined = undefined;
        return joined;
      };
      this.#written = this.#write(leave).finally(() => void leave());
    }
    await this.#written;
  }
}
