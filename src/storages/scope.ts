/** The random identity of a store: part of the id of every run made in it. */
import { randomBytes } from "node:crypto";

export function newScope(): string {
  return randomBytes(16).toString("hex");
}
