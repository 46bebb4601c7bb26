/** The result of a verification: shown in full, and a failure where code was missing. */
import type { Report } from "../app/verification.ts";
import type { Call } from "./call.ts";
import type { Result } from "./command.ts";

/** @throws VERIFY_INCOMPLETE; people are shown the report first */
export async function reportResult(call: Call, report: Report): Promise<Result> {
  const { renderReport } = await import("./render/report.ts");
  const text = (): string => renderReport(report, call.terminal.paint);
  if (report.result === "verified") return { data: report, text };
  if (call.format === "text") await call.terminal.write(`${text()}\n`);
  const { incompleteness } = await import("../app/verification.ts");
  throw incompleteness(report);
}
