/** People in a run, as programs call the command, on each store: approvals and decisions, signed with accounts of a real vault, or elsewhere. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { toCanonical } from "../../src/kernel/canonical.ts";
import { type SignedResolution, encodeSignedResolution } from "../../src/kernel/saga/signed-file.ts";
import { type ResolutionStatement, encodeResolution } from "../../src/kernel/saga/statement.ts";
import { people as wallets, sign } from "../kernel/people.ts";
import { SignerHome } from "../keystore/signer-home.ts";
import { scratchUrl } from "../postgres/schemas.ts";
import { type CallOptions, type Document, type Ended, type Fields, member, text } from "./mfm.ts";
import { noteOps } from "./note-ops.ts";

type Person = keyof typeof wallets;
const operators = [wallets.ann.address, wallets.bob.address];

interface Stored {
  readonly url: string;
  readonly remove: () => Promise<void>;
}
const stores: { readonly [name: string]: () => Stored | Promise<Stored> } = {
  SQLite: () => ({ url: "sqlite:notes.db", remove: async () => undefined }),
  PostgreSQL: () => scratchUrl(),
};

/** The command, where people sign, on one store. */
class Desk {
  readonly home: SignerHome;
  readonly #options: CallOptions;

  constructor(home: SignerHome, url: string) {
    this.home = home;
    this.#options = { env: { NOTES: url } };
  }

  call(args: readonly string[]): Promise<Ended> {
    return this.home.call(args, this.#options);
  }

  json(args: readonly string[]): Promise<Ended & Document> {
    return this.home.json(args, this.#options);
  }

  data(args: readonly string[]): Promise<Fields> {
    return this.home.data(args, 0, this.#options);
  }

  unlocked(args: readonly string[]): Promise<Ended & Document> {
    return this.home.unlocked(args, this.#options);
  }

  start(op: string): Promise<Ended & Document> {
    return this.json(["run", "start", op, "--set", `operators=${JSON.stringify(operators)}`]);
  }

  async startBlocked(op: string): Promise<string> {
    const { code, data, err } = await this.start(op);
    assert.deepEqual([code, member(data, "run", "status")], [5, "blocked"], err);
    return text(data, "run", "runId");
  }

  async assertVerified(run: string): Promise<void> {
    assert.equal(member(await this.data(["run", "replay", run]), "result"), "verified");
  }
}

describe("mfm run: people", () => {
  let home: SignerHome;
  before(async () => {
    const keys = (["ann", "eve"] as const).map((label) => ({ label, privateKey: Buffer.from(wallets[label].privateKey.slice(2), "hex") }));
    home = await SignerHome.open(keys, "warm");
    home.write("mfm.toml", '[store]\nurl = { env = "NOTES" }\n[ops]\nmodules = ["ops/notes.ts"]\n');
    home.write("ops/notes.ts", noteOps);
  });
  after(() => home.remove());
  for (const [name, open] of Object.entries(stores))
    describe(`on ${name}`, () => {
      let [stored, desk]: [Stored | undefined, Desk | undefined] = [undefined, undefined];
      const at = (): Desk => desk ?? assert.fail("there is no store");
      before(async () => {
        stored = await open();
        desk = new Desk(home, stored.url);
        for (const own of ["notes.txt", "ann.json", "bob.json"]) rmSync(home.path(own), { force: true });
        await desk.json(["store", "migrate"]);
      });
      after(() => stored?.remove());
      approving(at);
      deciding(at);
      undoing(at);
    });
});

function approving(at: () => Desk): void {
  it("asks for approvals, shows what they cover, takes those of a quorum, and goes on", async () => {
    const desk = at();
    const run = await desk.startBlocked("acme.notes/asking@1");
    const shown = await desk.call(["run", "approve", run]);
    assert.equal(shown.code, 5, shown.err);
    assert.match(shown.out, /^effect +acme\.notes\/note@1$/m);
    assert.match(shown.out, /^ *text +hello$/m);
    assert.match(shown.out, /^agreed +0 of 2$/m);
    const another = await desk.json(["run", "approve", run, "--step", "another"]);
    assert.deepEqual([another.error.code, another.code], ["APPROVAL_NOT_AWAITED", 2]);
    const until = ["--until", "2090-01-01T00:00:00.000Z"];
    const asked = toCanonical(member(await desk.data(["run", "approve", run, "--document", ...until]), "document") as never);
    const printed = await desk.call(["run", "approve", run, "--document", ...until]);
    assert.match(printed.err, /^once it is signed: mfm run approve run:\w+ --step \S+ --until 2090-01-01T00:00:00.000Z --signature/m);
    const approve = async (who: Person): Promise<Ended & Document> =>
      desk.json(["run", "approve", run, "--signature", await sign(wallets[who], asked), ...until]);
    const foreign = await approve("eve");
    assert.deepEqual([foreign.error.code, foreign.code], ["OPERATOR_UNKNOWN", 2]);
    // Before any policy is looked at.
    const stranger = await desk.unlocked(["run", "approve", run, "--account", "eve"]);
    assert.deepEqual([stranger.error.code, stranger.code], ["OPERATOR_UNKNOWN", 2]);
    const once = await desk.unlocked(["run", "approve", run, "--account", "ann", "--no-policy"]);
    assert.equal(once.code, 0, once.err);
    const twice = await approve("bob");
    assert.deepEqual(member(twice.data, "run", "waitingFor"), []);
    const ended = await desk.data(["run", "resume", run]);
    assert.equal(member(ended, "run", "status"), "succeeded");
    assert.match(readFileSync(desk.home.path("notes.txt"), "utf8"), /^sha256:[0-9a-f]{64} hello\n$/);
    await desk.assertVerified(run);
  });
}

function deciding(at: () => Desk): void {
  it("says what is to be decided, collects what each operator signs, and ends the run by a quorum of them", async () => {
    const desk = at();
    const run = await desk.startBlocked("acme.notes/tearing@1");
    const shown = await desk.call(["run", "obligations", run]);
    assert.match(shown.out, /^what +nobody can say whether it took effect/m);
    assert.match(shown.out, /^evidence +\{"refused":false,"stands":true,"torn":true\}$/m);
    assert.match(shown.out, /^what +it took effect, and kept\/undo was not begun$/m);
    const words = ["--outcome", "accepted", "--outcome", "kept=undone", "--reason", "torn by the dog"];
    const draft = await desk.data(["run", "resolve", run, "--document", ...words]);
    const [statement, document] = [member(draft, "statement") as ResolutionStatement, toCanonical(member(draft, "document") as never)];
    const signing = ["run", "resolve", run, "--sign", ...words];
    const byAnn = await desk.unlocked([...signing, "--account", "ann", "--no-policy", "--out", "ann.json"]);
    const byBob = await desk.json([...signing, "--signature", await sign(wallets.bob, document), "--out", "bob.json"]);
    assert.deepEqual([byAnn.code, byBob.code], [0, 0], byAnn.err + byBob.err);
    // Before any policy is looked at, and nothing is written.
    for (const by of [
      ["--account", "eve"],
      ["--signature", await sign(wallets.eve, document)],
    ]) {
      const stranger = await desk.unlocked([...signing, ...by, "--out", "stranger.json"]);
      assert.deepEqual([stranger.error.code, stranger.code], ["OPERATOR_UNKNOWN", 2]);
    }
    assert.equal(existsSync(desk.home.path("stranger.json")), false);

    const file = async (name: string, who: Person, more: Partial<SignedResolution> = {}): Promise<void> => {
      const signature = await sign(wallets[who], encodeResolution(more.statement ?? statement));
      desk.home.write(`${name}.json`, encodeSignedResolution({ statement, operator: wallets[who].address, signature, ...more }));
    };
    const submit = (...names: readonly string[]): Promise<Ended & Document> =>
      desk.json(["run", "resolve", run, ...names.flatMap((one) => ["--submit", `${one}.json`])]);
    const older = { ...statement, seq: statement.seq - 1, head: statement.specRef };
    const foreign = { ...statement, specRef: statement.head };
    await Promise.all([
      file("eve", "eve"),
      file("not-bob", "eve", { operator: wallets.bob.address }),
      file("ann-older", "ann", { statement: older }),
      file("bob-older", "bob", { statement: older }),
      file("ann-foreign", "ann", { statement: foreign }),
      file("bob-foreign", "bob", { statement: foreign }),
    ]);
    const refused: readonly (readonly [names: readonly string[], code: string])[] = [
      [["ann"], "RESOLUTION_QUORUM_MISSING"],
      [["ann", "ann"], "OPERATOR_SIGNATURE_REPEATED"],
      [["ann", "eve"], "OPERATOR_UNKNOWN"],
      [["ann", "not-bob"], "OPERATOR_SIGNATURE_WRONG"],
      [["ann", "bob-older"], "RESOLUTION_DIVERGES"],
      [["ann-older", "bob-older"], "RESOLUTION_OUTDATED"],
      [["ann-foreign", "bob-foreign"], "RESOLUTION_FOREIGN"],
    ];
    for (const [names, code] of refused) {
      const answer = await submit(...names);
      assert.deepEqual([answer.error.code, answer.code], [code, 2], names.join());
    }
    const both = await submit("ann", "bob");
    assert.deepEqual([both.code, member(both.data, "run", "status")], [0, "resolved"]);
    await desk.assertVerified(run);
    const late = await submit("ann", "bob");
    assert.deepEqual([late.error.code, late.code], ["RESOLUTION_NOT_AWAITED", 2]);
    const usage = await desk.json(["run", "resolve", run, "--sign", "--submit", "ann.json"]);
    assert.deepEqual([usage.error.code, usage.code], ["USAGE", 2]);
  });
}

function undoing(at: () => Desk): void {
  it("needs nobody where everything that took effect can be undone", async () => {
    const desk = at();
    const ended = await desk.start("acme.notes/refusing@1");
    assert.deepEqual([ended.code, member(ended.data, "run", "status")], [4, "compensated"], ended.err);
    const run = text(ended.data, "run", "runId");
    assert.match(readFileSync(desk.home.path("notes.txt"), "utf8"), / kept\n[^\n]* refused\n[^\n]* kept, undone\n$/);
    assert.deepEqual(member(await desk.data(["run", "obligations", run]), "obligations"), []);
    await desk.assertVerified(run);
  });
}
