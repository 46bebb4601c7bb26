/** Things that are open while something is done with them. */

/** What `work` returns; `open` is closed when it is done. */
export async function closing<T>(open: { close(): Promise<void> }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await open.close();
  }
}
