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
  // What people decided ends with 0 too, and is no success.
  const { run } = result.data as { readonly run?: { readonly status: string } };
  const shown = (): string => renderLifecycle(findings, call.terminal.paint);
  return {
    ...result,
    data: { ...(result.data as object), findings },
    text: () => (run?.status === "succeeded" ? shown() : `${shown()}\n\n${result.text()}`),
  };
}
