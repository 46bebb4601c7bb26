/** What the process that runs the tests tells the one that watches it. */
export type Message =
  | { readonly kind: "progress"; readonly at: string }
  | { readonly kind: "problem"; readonly text: string }
  | { readonly kind: "loaded" }
  | { readonly kind: "summary"; readonly tests: number; readonly line: string };

/** Sent at once: on POSIX a pipe to the parent is written synchronously, so even a test that never yields is named. */
export function tell(message: Message): void {
  process.send?.(message);
}
