import assert from "node:assert/strict";
import { appendFileSync, chmodSync, linkSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import * as fc from "fast-check";
import { codeOf } from "../../../test/keystore/code-of.ts";
import type { IntentOf } from "../../capabilities/signer.ts";
import { digestOf } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { intentJson } from "../signing/intent.ts";
import { type Held, NonceGuard } from "./guard-file.ts";

const sender = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1";
const recipient = "0x52908400098527886E0F7030069857D2E4169EE7";
const day = "2026-01-01";
const unlimited = { day, dayLimit: null };

interface Change {
  readonly nonce?: number;
  readonly value?: bigint;
  readonly maxFeePerGas?: bigint;
  readonly role?: IntentOf<"transaction">["role"];
  readonly chainId?: number;
}

function payment(
  name: string,
  { nonce = 0, value = 1n, maxFeePerGas = 10n, role = "first", chainId = 1 }: Change = {},
): IntentOf<"transaction"> {
  const fees = { maxFeePerGas, maxPriorityFeePerGas: maxFeePerGas };
  const does = role === "cancel" ? { to: sender, value: 0n, data: "0x" } : { to: recipient, value, data: "0x" };
  return {
    kind: "transaction",
    intentId: digestOf(name),
    sender,
    role,
    transaction: { type: "eip1559", chainId, nonce, gas: 21_000n, ...fees, ...does } as IntentOf<"transaction">["transaction"],
  };
}

async function onDisk(claimed: Promise<Held>): Promise<Omit<Held, "durable">> {
  const { durable, ...held } = await claimed;
  await durable;
  return held;
}

describe("nonce guard", () => {
  let folder = "";
  let path = "";
  const guards: NonceGuard[] = [];
  const open = async (): Promise<NonceGuard> => {
    const guard = await NonceGuard.open({ path });
    guards.push(guard);
    return guard;
  };
  const codeOfOpening = async (): Promise<string> => codeOf(open());

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mfm-guard-"));
    path = join(folder, "state", "nonce-guard");
  });
  afterEach(async () => {
    for (const guard of guards.splice(0)) await guard.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is a file of this user's alone, and remembers when it is opened again", async () => {
    const guard = await open();
    assert.deepEqual(await onDisk(guard.claim(payment("a"), unlimited)), { intent: payment("a"), recorded: false });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const again = await open();
    const later = await onDisk(again.claim(payment("a", { maxFeePerGas: 99n, nonce: 7 }), unlimited));
    assert.deepEqual(later, { intent: payment("a"), recorded: true });
    assert.equal(await codeOf(again.claim(payment("b"), unlimited)), "NONCE_TAKEN");
  });

  it("says before anything is held that an intent was signed otherwise, at another nonce or with other fees", async () => {
    const guard = await open();
    await onDisk(guard.claim(payment("a"), unlimited));
    assert.equal(await codeOf(guard.check(payment("a"), unlimited)), "done");
    for (const change of [{ nonce: 1 }, { maxFeePerGas: 99n }])
      assert.equal(await codeOf(guard.check(payment("a", change), unlimited)), "SIGNED_OTHERWISE");
  });

  it("says what was signed then, and begins nothing again that was cancelled", async () => {
    const guard = await open();
    await onDisk(guard.claim(payment("a"), unlimited));
    await assert.rejects(guard.check(payment("a", { maxFeePerGas: 99n }), unlimited), (error) => {
      const { transaction } = intentJson(payment("a")) as JsonObject;
      assert.deepEqual(error instanceof MfmError && error.details["signed"], { nonce: 0, role: "first", transaction, earlier: [] });
      return true;
    });
    const cancel = payment("a", { role: "cancel", maxFeePerGas: 99n });
    await onDisk(guard.claim(cancel, unlimited));
    assert.equal(await codeOf(guard.check(cancel, unlimited)), "done");
    await assert.rejects(guard.check(payment("a"), unlimited), /a cancel was signed for this intent before, at nonce 0/);
  });

  it("says everything that was signed for an intent that is begun again, the newest first, also where it is the same", async () => {
    const guard = await open();
    const higher = { role: "replacement", maxFeePerGas: 99n, maxPriorityFeePerGas: 9n } as const;
    for (const candidate of [payment("a"), payment("a", higher)]) await onDisk(guard.claim(candidate, unlimited));
    const [first, replacement] = [payment("a"), payment("a", higher)].map((held) => (intentJson(held) as JsonObject)["transaction"]);
    for (const begun of [payment("a"), payment("a", { ...higher, role: "first" })])
      await assert.rejects(guard.check(begun, unlimited), (error) => {
        const signed = { nonce: 0, role: "replacement", transaction: replacement, earlier: [first] };
        assert.deepEqual(error instanceof MfmError && error.details["signed"], signed);
        return true;
      });
    assert.equal(await codeOf(guard.check(payment("a", higher), unlimited)), "done");
  });

  it("writes nothing for what it refuses or knows", async () => {
    const guard = await open();
    await guard.claim(payment("a"), unlimited);
    const before = readFileSync(path);
    await guard.claim(payment("a"), unlimited);
    for (const refused of [
      payment("b"),
      payment("a", { value: 2n }),
      payment("a", { role: "replacement", value: 3n }),
      payment("x", { role: "replacement", nonce: 9 }),
    ])
      assert.notEqual(await codeOf(guard.claim(refused, unlimited)), "done");
    assert.deepEqual(readFileSync(path), before);
  });

  it("gives a nonce to one of many who ask at once, through several openings of the file", async () => {
    const several = await Promise.all([open(), open(), open()]);
    for (let nonce = 0; nonce < 5; nonce++) {
      const asked = several.flatMap((guard, index) =>
        [0, 1].map((turn) => codeOf(guard.claim(payment(`${nonce} ${index} ${turn}`, { nonce }), unlimited))),
      );
      const codes = await Promise.all(asked);
      assert.equal(codes.filter((code) => code === "done").length, 1);
      assert.ok(codes.every((code) => code === "done" || code === "NONCE_TAKEN"));
    }
  });

  it("answers all who ask at once for one intent alike", async () => {
    const several = await Promise.all([open(), open(), open()]);
    const held = await Promise.all(several.map((guard, index) => guard.claim(payment("one", { nonce: index }), unlimited)));
    assert.equal(
      new Set(held.map(({ intent }) => JSON.stringify(intent.kind === "transaction" ? intent.transaction.nonce : null))).size,
      1,
    );
    assert.equal(held.filter(({ recorded }) => !recorded).length, 1);
  });

  it("counts a day's sum over openings, an intent once, and the next day anew", async () => {
    const [one, other] = [await open(), await open()];
    const terms = { day, dayLimit: 10n };
    await one.claim(payment("a", { value: 6n }), terms);
    await other.claim(payment("a", { value: 6n }), terms);
    await one.claim(payment("a", { value: 6n, maxFeePerGas: 20n, role: "replacement" }), terms);
    assert.equal(await codeOf(other.claim(payment("b", { value: 5n, nonce: 1 }), terms)), "POLICY_REFUSED");
    const both = [one.claim(payment("c", { value: 4n, nonce: 1 }), terms), other.claim(payment("d", { value: 4n, nonce: 2 }), terms)];
    assert.deepEqual((await Promise.all(both.map(codeOf))).toSorted(), ["POLICY_REFUSED", "done"]);
    assert.equal(await codeOf(one.claim(payment("e", { value: 10n, nonce: 3 }), { ...terms, day: "2026-01-02" })), "done");
    assert.equal(await codeOf(one.claim(payment("f", { value: 10n, nonce: 0, chainId: 5 }), terms)), "done");
    assert.equal((await open()).spent({ chainId: 1, sender, day }), 10n);
  });

  it("cancels what was never signed, and never signs it afterwards", async () => {
    const guard = await open();
    await guard.claim(payment("given up", { role: "cancel" }), unlimited);
    const later = await guard.claim(payment("given up", { maxFeePerGas: 99n }), unlimited);
    assert.deepEqual([later.recorded, later.intent.kind === "transaction" ? later.intent.role : ""], [true, "cancel"]);
    assert.equal(
      await codeOf(guard.claim(payment("given up", { role: "replacement", maxFeePerGas: 99n }), unlimited)),
      "REPLACEMENT_REFUSED",
    );
  });

  it("ends a line that a crash tore, and goes on", async () => {
    const guard = await open();
    await guard.claim(payment("a"), unlimited);
    const line = readFileSync(path, "utf8").trim();
    for (let length = 1; length <= line.length; length += 97) {
      appendFileSync(path, `\n${line.slice(0, length)}`);
      await (await open()).claim(payment(`after ${length}`, { nonce: length }), unlimited);
    }
    const last = await open();
    assert.equal((await last.claim(payment("a"), unlimited)).recorded, true);
    assert.equal((await last.claim(payment("after 1", { nonce: 1 }), unlimited)).recorded, true);
  });

  it("refuses a file of which any byte that a later line covers was changed", async () => {
    const guard = await open();
    for (const name of ["a", "b", "c"]) await guard.claim(payment(name, { nonce: name.charCodeAt(0) }), unlimited);
    const whole = readFileSync(path);
    const covered = whole.indexOf("\n", whole.indexOf("\n", 1) + 2);
    for (let at = 0; at < covered; at += 13) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(path, changed);
      assert.equal(await codeOfOpening(), "GUARD_CORRUPT", `byte ${at}`);
    }
    const lines = whole
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "");
    for (const left of [
      [1, 2],
      [0, 2],
      [2, 1, 0],
      [0, 0, 1, 2],
    ]) {
      writeFileSync(path, left.map((index) => `\n${lines[index]}\n`).join(""));
      assert.equal(await codeOfOpening(), "GUARD_CORRUPT", left.join());
    }
  });

  it("stops when its file is removed, shortened or changed under it", async () => {
    const removed = await open();
    await removed.claim(payment("a"), unlimited);
    rmSync(path);
    assert.equal(await codeOf(removed.claim(payment("b", { nonce: 1 }), unlimited)), "GUARD_CORRUPT");
    const shortened = await open();
    await shortened.claim(payment("a"), unlimited);
    writeFileSync(path, "");
    assert.equal(await codeOf(shortened.claim(payment("b", { nonce: 1 }), unlimited)), "GUARD_CORRUPT");
  });

  it("refuses a place that is no file of this user's alone", async () => {
    await (await open()).claim(payment("a"), unlimited);
    chmodSync(path, 0o644);
    assert.equal(await codeOfOpening(), "FILE_UNSAFE");
    chmodSync(path, 0o600);
    linkSync(path, join(folder, "other"));
    assert.equal(await codeOfOpening(), "FILE_UNSAFE");
    rmSync(path);
    symlinkSync(join(folder, "other"), path);
    assert.equal(await codeOfOpening(), "FILE_UNSAFE");
  });

  const claims = fc.record({
    name: fc.constantFrom("a", "b", "c"),
    nonce: fc.integer({ min: 0, max: 2 }),
    value: fc.constantFrom(1n, 2n),
    maxFeePerGas: fc.constantFrom(10n, 20n, 30n),
    role: fc.constantFrom("first" as const, "replacement" as const, "cancel" as const),
    at: fc.integer({ min: 0, max: 1 }),
  });

  it("never holds two intents for a nonce, two nonces for an intent, or two actions for either", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(claims, { minLength: 1, maxLength: 12 }), async (asked) => {
        rmSync(path, { force: true });
        const several = [await open(), await open()];
        const held = [];
        for (const { name, at, ...change } of asked) {
          const answer = await several[at]?.claim(payment(name, change), unlimited).catch(() => undefined);
          if (answer?.intent.kind === "transaction")
            held.push({ id: answer.intent.intentId, ...answer.intent.transaction, cancel: answer.intent.role === "cancel" });
        }
        const pairs = new Set(held.map(({ id, nonce }) => `${id} ${nonce}`));
        assert.equal(new Set(held.map(({ id }) => id)).size, pairs.size);
        assert.equal(new Set(held.map(({ nonce }) => nonce)).size, pairs.size);
        const actions = held.filter(({ cancel }) => !cancel).map(({ id, value }) => `${id} ${value}`);
        assert.equal(new Set(actions).size, new Set(held.filter(({ cancel }) => !cancel).map(({ id }) => id)).size);
        for (const guard of guards.splice(0)) await guard.close();
      }),
      { numRuns: 60 },
    );
  });
});
