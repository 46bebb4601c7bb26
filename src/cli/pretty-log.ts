/** A structured log line as a person reads it on a terminal. */
import { type Paint, printable } from "./paint.ts";

const colours = { warn: "yellow", error: "red" } as const;

export function prettyLog(line: string, paint: Paint): string {
  const { level, time, msg, pid: _pid, ...fields } = JSON.parse(line) as { readonly [name: string]: unknown };
  const shown = String(level);
  const style = shown === "warn" || shown === "error" ? colours[shown] : "dim";
  const details = Object.entries(fields).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return `${paint("dim", String(time).slice(11, 19))} ${paint(style, shown)} ${printable(`${String(msg)}  ${details.join("  ")}`)}`;
}
