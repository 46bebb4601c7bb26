/** An event in one line. */
import type { ShownEvent } from "../../app/run-stream.ts";
import { type Paint, printable } from "../paint.ts";
import { showInstant } from "./time.ts";

type RunEvent = ShownEvent["event"];

const typeWidth = 18;
const digestShown = "sha256:".length + 12;

export function renderEvent(event: RunEvent, paint: Paint): string {
  const { step, ...data } = event.data as { readonly [name: string]: unknown };
  const words = [
    typeof step === "string" ? paint("bold", step) : "",
    ...Object.entries(data).map(([name, value]) => describe(name, value)),
  ];
  const line = `${String(event.seq).padStart(5)}  ${showInstant(event.at)}  ${paintType(paint, event.type)}  ${words.filter((word) => word !== "").join("  ")}`;
  return line.trimEnd();
}

function paintType(paint: Paint, type: string): string {
  const padded = type.padEnd(typeWidth);
  if (type === "RunSucceeded") return paint("green", padded);
  if (type === "RunFailed" || type === "StepFailed" || type === "RunCancelled" || type === "EffectAmbiguous") return paint("red", padded);
  return type === "RunPaused" ? paint("yellow", padded) : padded;
}

/** One member of an event's data; nothing where it says nothing. */
function describe(name: string, value: unknown): string {
  if (name === "attempt") return value === 1 ? "" : `attempt ${String(value)}`;
  if (name === "candidate") return value === 0 ? "" : `candidate ${String(value)}`;
  if (name === "facts" && Array.isArray(value)) return value.length === 0 ? "" : `facts ${value.length}`;
  if (name === "due" && typeof value === "string") return `due ${showInstant(value)}`;
  if (typeof value === "string") return `${name} ${name === "runId" ? value.slice(0, 16) : printable(value)}`;
  if (typeof value !== "object" || value === null) return `${name} ${String(value)}`;
  const { digest, kind, at, ...more } = value as { readonly [name: string]: unknown };
  if (typeof digest === "string") return `${name} ${digest.slice(0, digestShown)}`;
  if (name === "retry") return kind === "at" && typeof at === "string" ? `again at ${showInstant(at)}` : "not tried again";
  if (typeof kind === "string")
    return [`${name} ${kind}`, ...Object.entries(more).map(([inner, part]) => describe(inner, part))].join("  ");
  return `${name} ${JSON.stringify(value)}`;
}
