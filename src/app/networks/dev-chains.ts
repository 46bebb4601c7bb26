/** Chains on one's own machine: nothing is worth anything there, and blocks come when somebody sends. */

const ids: readonly string[] = ["eip155:31337", "eip155:1337"];

export function isDevChain(network: string): boolean {
  return ids.includes(network);
}
