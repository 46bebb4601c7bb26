/** People in a run, as programs call the command: approvals and decisions, signed with accounts of a real vault, or elsewhere. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { Wallet } from "ethers";
import { SignerHome } from "../keystore/signer-home.ts";
import { type Document, type Ended, member, text } from "./mfm.ts";

const keys = { ann: "11".repeat(32), bob: "22".repeat(32), eve: "44".repeat(32) };
const wallets = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, new Wallet(`0x${key}`)])) as Record<
  keyof typeof keys,
  Wallet
>;
const operators = [wallets.ann.address, wallets.bob.address];

/** Notes in a file stand for a bank: a line under a key, written once. */
const notes = `
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
  evidence: z.strictObject({ stands: z.boolean(), torn: z.boolean() }),
  settlement: z.strictObject({}),
  covers: ({ id, intent, envelope }) => envelope.key === id && envelope.text === intent.text,
  identify: ({ key }) => key,
  states: ({ text }) => [{ name: "text", type: "string", value: text }],
  weigh: ({ evidence: { stands, torn } }) => (torn ? { kind: "contradiction" } : stands ? { kind: "final", status: "success", settlement: {} } : { kind: "notFound" }),
});
const look = (key: string, text: string) => ({ stands: read().includes(key), torn: text === "torn" });
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
export const tearing = defineOp({
  id: "acme.notes/tearing@1",
  config: people,
  plan(program, { operators }) {
    program.onFailure("compensate", { operators, quorum: 2 });
    const kept = program.step("kept", write, { config: { text: "kept" } });
    program.undo(kept, write, { config: { text: "kept, undone" } });
    return { torn: program.step("torn", write, { config: { text: "torn" }, after: [kept] }).output };
  },
});
`;

describe("mfm run: people", () => {
  let home: SignerHome;
  before(async () => {
    home = await SignerHome.open(
      Object.entries(keys).map(([label, key]) => ({ label, privateKey: Uint8Array.from(Buffer.from(key, "hex")) })),
      "warm",
    );
    home.write("mfm.toml", '[ops]\nmodules = ["ops/notes.ts"]\n');
    home.write("ops/notes.ts", notes);
  });
  after(() => home.remove());

  const start = async (op: string): Promise<string> => {
    const started = await home.json(["run", "start", op, "--set", `operators=${JSON.stringify(operators)}`]);
    assert.equal(started.code, 5, started.err);
    assert.equal(member(started.data, "run", "status"), "blocked");
    return text(started.data, "run", "runId");
  };
  const signing = (args: readonly string[]): Promise<Ended & Document> => home.unlocked([...args, "--no-policy"]);

  it("asks for approvals, shows what they cover, takes those of a quorum, and goes on", async () => {
    const run = await start("acme.notes/asking@1");
    const shown = await home.call(["run", "approve", run]);
    assert.equal(shown.code, 5, shown.err);
    assert.match(shown.out, /^effect +acme\.notes\/note@1$/m);
    assert.match(shown.out, /^ *text +hello$/m);
    assert.match(shown.out, /^agreed +0 of 2$/m);
    const foreign = await signing(["run", "approve", run, "--account", "eve"]);
    assert.deepEqual([foreign.error.code, foreign.code], ["OPERATOR_UNKNOWN", 2]);
    const once = await signing(["run", "approve", run, "--account", "ann"]);
    assert.equal(once.code, 0, once.err);
    const until = "2090-01-01T00:00:00.000Z";
    const asked = await home.data(["run", "approve", run, "--document", "--until", until]);
    const { domain, types, message } = member(asked, "document") as {
      domain: object;
      types: Record<string, never>;
      message: Record<string, unknown>;
    };
    const { EIP712Domain: _, ...rest } = types;
    const signature = await wallets.bob.signTypedData(domain, rest, message);
    const twice = await home.data(["run", "approve", run, "--signature", signature, "--until", until]);
    assert.deepEqual(member(twice, "run", "waitingFor"), []);
    const ended = await home.data(["run", "resume", run]);
    assert.equal(member(ended, "run", "status"), "succeeded");
    assert.match(readFileSync(home.path("notes.txt"), "utf8"), /^sha256:[0-9a-f]{64} hello\n$/);
    assert.equal(member(await home.data(["run", "replay", run]), "result"), "verified");
  });

  it("says what is to be decided, collects what each operator signs, and ends the run by a quorum of them", async () => {
    const run = await start("acme.notes/tearing@1");
    const shown = await home.call(["run", "obligations", run]);
    assert.match(shown.out, /^what +nobody can say whether it took effect/m);
    assert.match(shown.out, /^evidence +\{"stands":true,"torn":true\}$/m);
    assert.match(shown.out, /^what +it took effect, and kept\/undo was not begun$/m);
    const words = ["--outcome", "accepted", "--outcome", "kept=undone", "--reason", "torn by the dog"];
    const sign = (who: string): Promise<Ended & Document> =>
      signing(["run", "resolve", run, "--sign", "--account", who, ...words, "--out", `${who}.json`]);
    const signed = [await sign("ann"), await sign("bob"), await sign("eve")];
    assert.deepEqual(
      signed.map(({ code }) => code),
      [0, 0, 0],
    );
    const submit = (...names: readonly string[]): Promise<Ended & Document> =>
      home.json(["run", "resolve", run, ...names.flatMap((name) => ["--submit", `${name}.json`])]);
    const [few, foreign, both] = [await submit("ann"), await submit("ann", "eve"), await submit("ann", "bob")];
    assert.deepEqual([few.error.code, foreign.error.code], ["RESOLUTION_QUORUM_MISSING", "OPERATOR_UNKNOWN"]);
    assert.equal(member(both.data, "run", "status"), "resolved");
    assert.equal(member(await home.data(["run", "replay", run]), "result"), "verified");
    const late = await submit("ann", "bob");
    assert.deepEqual([late.error.code, late.code], ["RESOLUTION_NOT_AWAITED", 2]);
    const usage = await home.json(["run", "resolve", run, "--sign", "--submit", "ann.json"]);
    assert.deepEqual([usage.error.code, usage.code], ["USAGE", 2]);
  });
});
