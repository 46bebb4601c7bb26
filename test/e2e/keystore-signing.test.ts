/** The commands that sign, as programs call them: one document each, no secret in any, and nothing that could be sent on a stream. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { formsOf } from "../keystore/process-memory.ts";
import { SignerHome, passphrase } from "../keystore/signer-home.ts";
import { type Document, type Ended, member, text } from "./mfm.ts";

const recipient = "0x52908400098527886E0F7030069857D2E4169EE7";

const document = {
  types: { EIP712Domain: [{ name: "name", type: "string" }], Note: [{ name: "text", type: "string" }] },
  domain: { name: "notes" },
  primaryType: "Note",
  message: { text: "hello" },
};

describe("mfm keystore: signing", () => {
  const canary = new Uint8Array(randomBytes(32).fill(0x22, 0, 1));
  let home: SignerHome;
  const said: string[] = [];

  before(async () => {
    home = await SignerHome.open([{ label: "canary", privateKey: Uint8Array.from(canary) }], "warm");
  });
  after(() => home.remove());

  const call = async (args: readonly string[], input?: string): Promise<Ended & Document> => {
    const ended = await home.unlocked(["keystore", ...args], input === undefined ? {} : { input });
    said.push(ended.out, ended.err);
    return ended;
  };
  const exits = ({ code, error }: Ended & Document): readonly unknown[] => [error.code, code];

  it("signs a document from standard input, and a transaction into a file, whose bytes no stream shows", async () => {
    const typed = await call(["sign-typed-data", "canary", "-", "--no-policy"], JSON.stringify(document));
    assert.equal(typed.code, 0, typed.err);
    assert.match(text(typed.data, "signature"), /^0x[0-9a-f]{130}$/);
    const flags = ["--chain-id", "1", "--nonce", "0", "--gas-limit", "21000", "--to", recipient, "--gas-price", "0x3", "--out", "tx.raw"];
    const signed = await call(["tx-sign", "canary", ...flags, "--no-policy"]);
    assert.equal(signed.code, 0, signed.err);
    assert.deepEqual(
      [member(signed.data, "type"), member(signed.data, "recorded"), member(signed.data, "to")],
      ["legacy", false, recipient],
    );
    const raw = readFileSync(home.path("tx.raw"), "utf8").trim();
    assert.ok(!signed.out.includes(raw.slice(-60)) && !signed.out.includes("tx.raw"));
    const [refused, unpoliced] = await Promise.all([
      call(["tx-sign", "canary", ...flags, "--replace", "--cancel", "--no-policy"]),
      call(["sign-message", "canary", "--text", "hello"]),
    ]);
    assert.deepEqual(exits(refused), ["USAGE", 2]);
    assert.deepEqual(exits(unpoliced), ["POLICY_MISSING", 3]);
  });

  it("sets, shows and applies a policy, with exit codes for programs", async () => {
    const policy = { format: "mfm-policy/1", chains: [], messages: "text" };
    const set = await call(["policy", "set", "canary", "--policy", "-"], JSON.stringify(policy));
    assert.equal(set.code, 0, set.err);
    const shown = await call(["policy", "show", "canary"]);
    assert.deepEqual(member(shown.data, "policy"), policy);
    const refused = await call(["sign-typed-data", "canary", home.write("note.json", JSON.stringify(document)), "--no-policy"]);
    assert.deepEqual(exits(refused), ["POLICY_REFUSED", 1]);
    assert.deepEqual(member(refused.error.details, "refusals", 0, "rule"), "typedData");
    assert.deepEqual(exits(await call(["policy", "set", "canary"])), ["USAGE", 2]);
  });

  it("keeps an address book", async () => {
    assert.equal((await call(["book", "add", "exchange", recipient])).code, 0);
    const removed = await call(["book", "remove", recipient.toLowerCase()]);
    assert.deepEqual(removed.data, { name: "exchange", address: recipient });
    assert.deepEqual(exits(await call(["book", "remove", "exchange"])), ["BOOK_UNKNOWN", 2]);
  });

  it("says neither key nor passphrase, in any form", () => {
    const secrets = [...formsOf(canary), ["passphrase", Buffer.from(passphrase)] as const];
    for (const [name, bytes] of secrets) for (const words of said) assert.equal(Buffer.from(words).indexOf(bytes), -1, name);
  });
});
