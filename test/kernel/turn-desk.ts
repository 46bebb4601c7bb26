/** An office that sends by turns from one account. */
import type { RunId } from "../../src/kernel/names.ts";
import type { Run } from "../../src/kernel/run.ts";
import { Office } from "./office.ts";
import { Outside, takeTurns, turnDefinitions } from "./turns.ts";

export const account = "treasury";

export class Desk extends Office {
  readonly outside: Outside;

  constructor(outside = new Outside()) {
    super({}, { ...turnDefinitions, turns: outside.backend() });
    this.outside = outside;
  }

  async send(
    receivers: readonly string[],
    options: { readonly key?: string; readonly window?: number; readonly renewals?: number } = {},
  ): Promise<Run> {
    const { key = "send", window = 4, renewals = 0 } = options;
    const started = this.process().start(takeTurns, { account, receivers: [...receivers], window, renewals }, { key });
    return (await this.until(started)).run;
  }

  async admit(
    receivers: readonly string[],
    key: string,
    options: { readonly window?: number; readonly renewals?: number } = {},
  ): Promise<RunId> {
    const config = { account, receivers: [...receivers], window: 4, renewals: 0, ...options };
    const { run } = await this.process().start(takeTurns, config, { key, detach: true });
    return run.runId;
  }

  leave(runId: RunId, owner = "first"): Promise<Run> {
    return this.until(this.process(owner).drive(runId, { idle: "leave", signal: new AbortController().signal }));
  }
}
