/** What the doctor found, for people. */
import type { Diagnosis } from "../../app/doctor.ts";
import { type Paint, printable } from "../paint.ts";

const nameWidth = 13;

export function renderDiagnosis({ healthy, checks }: Diagnosis, paint: Paint): string {
  const lines = checks.flatMap(({ name, status, found, next }) => {
    const mark = status === "ok" ? paint("green", "ok     ") : paint("red", "problem");
    return [
      `${mark}  ${name.padEnd(nameWidth)}  ${printable(found)}`,
      ...(next === null ? [] : [`${" ".repeat(nameWidth + 11)}${paint("dim", `next: ${printable(next)}`)}`]),
    ];
  });
  return [...lines, "", healthy ? "everything is ready" : "something is not ready"].join("\n");
}
