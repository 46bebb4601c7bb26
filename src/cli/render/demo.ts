/** The demonstration in plain words: what happened at each point, and what that means. */
import { countOf } from "../../app/count.ts";
import type { DemoMoment, DemoReport, Recorded } from "../../app/demo/demo.ts";
import { type Paint, printable } from "../paint.ts";

export function renderDemoOpening(paint: Paint): string {
  const subject = paint("bold", "What does an address hold, and how do you prove what you read?");
  return `${subject}\nA demonstration on a chain of its own: no internet, no configuration, nothing of yours is touched.\n`;
}

export function renderDemoMoment(moment: DemoMoment, paint: Paint): string {
  const told = tell(moment, paint);
  return moment.kind === "command" ? told : `${told}\n`;
}

function tell(moment: DemoMoment, paint: Paint): string {
  switch (moment.kind) {
    case "staged":
      return [
        `A chain runs on this machine, with ${countOf(moment.tokens, "honest token")}, and hostile ones beside them.`,
        `The address is ${moment.holder}. Everything is in ${printable(moment.folder)}.`,
      ].join("\n");
    case "command":
      return paint("cyan", `$ ${broken(printable(moment.line))}`);
    case "killed":
      return [
        `${paint("red", "Killed")} (SIGKILL) while it waited for an answer of the chain: ${progressOf(moment.recorded)} on record (${moment.recorded.done.join(", ")}).`,
        `The chain had answered ${countOf(moment.asked, "call")}. What is on record stays; nothing else is needed to go on.`,
      ].join("\n");
    case "resumed":
      return [
        `${paint("green", "It went on")} where it was: ${progressOf(moment.recorded)} on record, each once.`,
        `The chain answered ${countOf(moment.asked, "more call")}: for what was not on record yet, and to show that it is still the same chain.`,
      ].join("\n");
    case "compared":
      return [
        "The first command once more, undisturbed. It prints:",
        indented(moment.shown),
        `Its output is that of the run that was killed, to the byte: ${moment.digest}.`,
      ].join("\n");
    case "exported":
      return `The history of the run that was killed is now one file of ${countOf(moment.bytes, "byte")}. Its head commits to all of it.`;
    case "chain gone":
      return paint("yellow", "The chain is stopped. From here on there is the file, and nothing else.");
    case "verified":
      return [indented(moment.shown), "Every step was computed again from what the chain had answered, and came to the same."].join("\n");
    case "refused":
      return ["That is a copy in which one digit of a balance was changed:", indented(moment.said)].join("\n");
  }
}

/** A long command line, an option a line, as a shell takes it. */
function broken(line: string): string {
  return line.length <= 120 ? line : line.replaceAll(/ (?=--)/g, " \\\n    ");
}

function progressOf({ done, total }: Recorded): string {
  return `${done.length} of ${countOf(total, "step")}`;
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`.trimEnd())
    .join("\n");
}

export function renderDemoEnd({ folder, runId }: DemoReport, paint: Paint): string {
  const next: readonly (readonly [string, string])[] = [
    ["mfm portfolio snapshot 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045", "what an address holds on Ethereum, where there is internet"],
    ["mfm dev chain --token-list-out tokens.json", "a chain like this one, to try things on"],
    ...(folder === null ? [] : [[`cd ${printable(folder)} && mfm run events ${runId.slice(4, 12)}`, "what the run recorded"] as const]),
    ...(folder === null ? [["mfm demo --keep", "this again, and its files stay"] as const] : []),
  ];
  const gone = folder === null ? "The chain and the folder are gone." : `The chain is gone; the folder is ${printable(folder)}.`;
  return [
    paint("bold", "That was a run that a kill could not harm, and a record that needs nobody's word."),
    `${gone} What to try next:`,
    ...next.flatMap(([line, about]) => [`  ${paint("cyan", `$ ${line}`)}`, `      ${about}`]),
  ].join("\n");
}
