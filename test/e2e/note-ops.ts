/** Ops that write notes, as a module that a user would write: notes in a file stand for a bank, a line under a key, written once. */
export const noteOps = `
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { address, defineEffect, defineOp, defineState, implementEffect } from "mfm";
import * as z from "zod";

const file = new URL("../notes.txt", import.meta.url);
const read = (): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
const intent = z.strictObject({ text: z.string().max(100) });
const note = defineEffect({
  id: "acme.notes/note@1",
  intent,
  envelope: z.strictObject({ key: z.string().max(100), text: z.string().max(100) }),
  evidence: z.strictObject({ stands: z.boolean(), torn: z.boolean(), refused: z.boolean() }),
  settlement: z.strictObject({}),
  covers: ({ id, intent, envelope }) => envelope.key === id && envelope.text === intent.text,
  identify: ({ key }) => key,
  states: ({ text }) => [{ name: "text", type: "string", value: text }],
  weigh({ evidence: { stands, torn, refused } }) {
    if (torn) return { kind: "contradiction" };
    if (refused) return { kind: "final", status: "reverted" };
    return stands ? { kind: "final", status: "success", settlement: {} } : { kind: "notFound" };
  },
});
const look = (key: string, text: string) => ({ stands: read().includes(key), torn: text === "torn", refused: text === "refused" });
export const pad = implementEffect(note, {
  prepare: ({ id, intent }) => ({ key: id, text: intent.text }),
  dispatch({ envelope: { key, text } }) {
    if (!read().includes(key)) appendFileSync(file, key + " " + text + "\\n");
    return look(key, text);
  },
  observe: ({ envelope: { key, text } }) => look(key, text),
});
export const write = defineState({
  id: "acme.notes/write@1",
  effect: "write",
  needs: { note },
  config: intent,
  output: z.strictObject({}),
  intend: ({ config }) => config,
  conclude: () => ({}),
});
const people = z.strictObject({ operators: z.array(address) });
export const asking = defineOp({
  id: "acme.notes/asking@1",
  config: people,
  plan: (program, { operators }) => ({ done: program.step("note", write, { config: { text: "hello" }, approval: { operators, quorum: 2 } }).output }),
});
/** What is kept stands when the other one goes wrong. */
const keeping = (id, text) => defineOp({
  id,
  config: people,
  plan(program, { operators }) {
    program.onFailure("compensate", { operators, quorum: 2 });
    const kept = program.step("kept", write, { config: { text: "kept" } });
    program.undo(kept, write, { config: { text: "kept, undone" } });
    return { done: program.step(text, write, { config: { text }, after: [kept] }).output };
  },
});
export const tearing = keeping("acme.notes/tearing@1", "torn");
export const refusing = keeping("acme.notes/refusing@1", "refused");
`;
