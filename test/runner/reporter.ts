/** Reports a test run to a developer: silent on success (dots on a terminal), each failure in full with its file and its whole name. */
import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";
import { tell } from "./message.ts";

type Failure = Extract<TestEvent, { type: "test:fail" }>["data"];

/** Names of node's own summary, in its order. */
const countNames = ["tests", "suites", "pass", "fail", "cancelled", "skipped", "todo", "duration_ms"];

async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path: string[] = [];
  const counts = new Map<string, string>();
  for await (const event of events) {
    switch (event.type) {
      case "test:start":
        path.length = event.data.nesting;
        path.push(event.data.name);
        break;
      case "test:pass":
        if (process.stdout.isTTY) yield ".";
        break;
      case "test:fail":
        if (!failedByOthers(event.data)) yield describeFailure(event.data, path);
        break;
      case "test:diagnostic": {
        const [name = "", count = ""] = event.data.message.split(" ");
        // Tests may send diagnostics too; node's own counts come last and so win.
        if (event.data.nesting === 0 && countNames.includes(name)) counts.set(name, count);
        break;
      }
      default:
        break;
    }
  }
  if (process.stdout.isTTY) yield "\n";
  const line = `ℹ ${countNames.map((name) => `${name} ${counts.get(name) ?? "?"}`).join(", ")}`;
  tell({ kind: "summary", tests: Number(counts.get("tests")), line });
}

export { report as default };

/** True for a suite or test that failed only because something inside it did. */
function failedByOthers({ details }: Failure): boolean {
  return "failureType" in details.error && details.error.failureType === "subtestsFailed";
}

function describeFailure({ file, name, nesting, details }: Failure, path: readonly string[]): string {
  const place = sourceOf(file ?? "");
  const whole = [...path.slice(0, nesting), name].join(" > ");
  return `\n✖ ${place}${place === "" ? "" : ": "}${whole}\n${indent(describeError(details.error.cause))}\n`;
}

function sourceOf(output: string): string {
  const inside = output.split(/[/\\]dist[/\\]/).at(-1) ?? output;
  return inside.replaceAll("\\", "/").replace(/\.js$/, ".ts");
}

/** Stack without the test runner's own frames; an assertion's stack already holds its difference. */
function describeError(error: unknown): string {
  const text = error instanceof Error && error.name === "AssertionError" ? (error.stack ?? error.message) : inspect(error);
  return text
    .split("\n")
    .filter((line) => !/^\s+at .*\bnode:[\w/]+:\d+:\d+\)?$/.test(line))
    .join("\n");
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "    ");
}
