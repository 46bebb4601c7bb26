/** Questions on a terminal, on stderr, with @clack/prompts. Without a terminal nothing is ever asked. */
import type * as clackModule from "@clack/prompts";
import { failure } from "../app/failure.ts";
import type { Scribe } from "../app/keystore/generate-key.ts";
import type { Ask } from "../app/keystore/secrets.ts";
import type { Call } from "./call.ts";

/** Undefined where stdin or stderr is no terminal, or where programs read. */
export function askOn(call: Call): Ask | undefined {
  if (!process.stdin.isTTY || !call.terminal.isWatched || call.format === "json") return undefined;
  return {
    hidden: (question) => answer<string>((clack) => clack.password({ message: question, output: process.stderr })),
    confirm: (question) => answer<boolean>((clack) => clack.confirm({ message: question, output: process.stderr, initialValue: false })),
  };
}

/** Clears the screen and what can be scrolled back to. */
const clear = "\u001b[2J\u001b[3J\u001b[H";

/** Who can also be shown what must not stay on the screen. */
export function scribeOn(call: Call): Scribe | undefined {
  const ask = askOn(call);
  if (ask === undefined) return undefined;
  return {
    ...ask,
    async dictate(words) {
      const numbered = words.map((word, index) => `${String(index + 1).padStart(4)}. ${word}`);
      call.terminal.draw(`Write these words down, in order, on paper. They are shown once.\n\n${numbered.join("\n")}\n\n`);
      const isWritten = await ask.confirm("Are they written down?");
      call.terminal.draw(clear);
      if (!isWritten) throw failure("CANCELLED", "the words were not written down");
    },
  };
}

type Clack = typeof clackModule;

/** Ctrl-D. Readline closes on it, and clack would wait for ever for what nobody can type any more. */
const endOfInput = "\u0004";

async function answer<T>(question: (clack: Clack) => Promise<T | symbol>): Promise<T> {
  const clack = await import("@clack/prompts");
  clack.updateSettings({ aliases: { [endOfInput]: "cancel" } });
  const given = await question(clack);
  if (clack.isCancel(given)) throw failure("CANCELLED", "nothing was answered");
  return given as T;
}
