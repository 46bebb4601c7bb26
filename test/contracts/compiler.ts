/** The pinned solc, for whatever tests compile. */
import { createRequire } from "node:module";

interface Compiler {
  compile(input: string, callbacks: { import(path: string): { readonly contents: string } }): string;
}

const require = createRequire(import.meta.url);

/** The compiler turns every unhandled rejection of its process into its own: that is taken back. */
export function loadCompiler(): Compiler {
  const before = process.listeners("unhandledRejection");
  const solc = require("solc") as Compiler;
  for (const added of process.listeners("unhandledRejection")) if (!before.includes(added)) process.off("unhandledRejection", added);
  return solc;
}
