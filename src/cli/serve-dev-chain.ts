/** A development chain in the foreground: what is on it is printed as soon as it answers, and a signal ends it. */
import { type DevChainRequest, holdDevChain, openDevChain } from "../app/dev-chain/open.ts";
import type { Call } from "./call.ts";
import { renderDevChain, viewOfDevChain } from "./render/dev-chain.ts";
import { showPath } from "./render/path.ts";

export async function serveDevChain(call: Call, request: DevChainRequest): Promise<undefined> {
  const { terminal, format } = call;
  // Before the chain is there: a signal meanwhile ends it too.
  const signal = call.interrupts.listen(() => undefined);
  try {
    const { chain, tokenList } = await openDevChain(call.place, request);
    try {
      const view = viewOfDevChain(chain, tokenList === undefined ? undefined : showPath(tokenList, call.place.folder));
      const shown = format === "json" ? JSON.stringify({ status: "success", data: view }) : renderDevChain(view, terminal.paint);
      await terminal.write(`${shown}\n`);
      if (format === "text") terminal.note("\nCtrl-C ends it");
    } catch (error) {
      await chain.stop();
      throw error;
    }
    await holdDevChain(chain, signal);
  } finally {
    call.interrupts.stop();
  }
}
