/** Questions on a terminal, on stderr, with @clack/prompts. Without a terminal nothing is ever asked. */
import type * as clackModule from "@clack/prompts";
import { failure } from "../app/failure.ts";
import type { Ask } from "../app/keystore/secrets.ts";
import type { Call } from "./call.ts";

/** Undefined where stdin or stderr is no terminal, or where programs read. */
export function askOn(call: Call): Ask | undefined {
  if (!process.stdin.isTTY || !call.terminal.isWatched || call.format === "json") return undefined;
  return {
    hidden: (question) => answer<string>((clack) => clack.password({ message: question, output: process.stderr })),
    text: (question) => answer<string>((clack) => clack.text({ message: question, output: process.stderr })),
    confirm: (question) => answer<boolean>((clack) => clack.confirm({ message: question, output: process.stderr, initialValue: false })),
  };
}

type Clack = typeof clackModule;

async function answer<T>(question: (clack: Clack) => Promise<T | symbol>): Promise<T> {
  const clack = await import("@clack/prompts");
  const given = await question(clack);
  if (clack.isCancel(given)) throw failure("CANCELLED", "nothing was answered");
  return given as T;
}
