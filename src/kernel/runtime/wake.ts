/** A latch: `wait` resolves when `notify` was called since the last wait. A notification is never lost between two waits. */
export class Wake {
  #notified = false;
  #resolve: (() => void) | undefined;

  notify(): void {
    this.#notified = true;
    this.#resolve?.();
  }

  async wait(): Promise<void> {
    if (!this.#notified) await new Promise<void>((resolve) => (this.#resolve = resolve));
    this.#resolve = undefined;
    this.#notified = false;
  }
}
