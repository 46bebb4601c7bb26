/** The result of a command that drives a lifecycle: what was done and found, beside how the run stands. */
import type { Call } from "./call.ts";
import type { Result } from "./command.ts";

export async function withFindings(call: Call, result: Result): Promise<Result> {
  if (call.runId === undefined || call.has("plan") || call.has("detach")) return result;
  const [{ readFindings }, { renderLifecycle }] = await Promise.all([
    import("../app/contracts/lifecycle-findings.ts"),
    import("./render/lifecycle.ts"),
  ]);
  const findings = await readFindings(call.place, call.runId);
  const shown = (): string => renderLifecycle(findings, call.terminal.paint);
  return {
    ...result,
    data: { ...(result.data as object), findings },
    text: () => (result.exit === 0 ? shown() : `${shown()}\n\n${result.text()}`),
  };
}
