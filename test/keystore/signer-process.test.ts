/** The signer process from outside, as root sees it: what it shows, what it leaves behind, and what is in its memory when it is locked. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { SignerClient } from "../../src/keystore/process/client.ts";
import { member, text } from "../e2e/mfm.ts";
import { answerOf } from "./payments.ts";
import { findInMemory, formsOf } from "./process-memory.ts";
import { SignerHome, passphrase } from "./signer-home.ts";
import { senderOf } from "./signer-lab.ts";

const onLinux = { skip: process.platform === "linux" ? false : "/proc is Linux's" };

/** Sockets of TCP that the process listens on. */
function listening(pid: number): readonly string[] {
  const inodes = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });
  const listeners = ["tcp", "tcp6"].flatMap((name) => readFileSync(`/proc/${pid}/net/${name}`, "utf8").split("\n"));
  return listeners.filter((line) => inodes.some((inode) => line.split(/\s+/).includes(inode)));
}

describe("signer process", () => {
  const canary = new Uint8Array(randomBytes(32).fill(0x11, 0, 1));
  let home: SignerHome;
  let pid = 0;
  const said: string[] = [];

  const start = async (...args: readonly string[]) => {
    const ended = await home.json(["signer", "start", ...args, ...home.unlock], { kind: "cold" });
    said.push(ended.out, ended.err);
    return ended;
  };
  const sign = async (count: number, from: number): Promise<void> => {
    const client = await SignerClient.connect(home.signerFolder);
    const sender = await senderOf(client);
    for (let nonce = from; nonce < from + count; nonce++) assert.match(await answerOf(client, sender, { name: "canary", nonce }), /^0x/);
    await client.close();
  };

  before(async () => {
    home = await SignerHome.open([{ label: "canary", privateKey: Uint8Array.from(canary) }], "warm");
    const started = await start("--no-policy");
    assert.equal(started.code, 0, started.err);
    pid = Number(member(started.data, "pid"));
    await sign(20, 0);
  });
  after(() => home.close());

  it("is one of its own that goes on when its starter is gone, and is the only one", async () => {
    const status = await home.data(["signer", "status"]);
    assert.deepEqual([member(status, "state"), member(status, "pid"), member(status, "signatures")], ["unlocked", pid, 20]);
    const [again, unlocked] = await Promise.all([start(), home.json(["keystore", "sign-message", "canary", "--text", "hello"])]);
    assert.deepEqual([again.error.code, again.code], ["SIGNER_RUNNING", 1]);
    assert.equal(unlocked.code, 0, unlocked.err);
  });

  it("shows no secret in its arguments and environment, makes no core dump, and listens to nobody but its socket", onLinux, () => {
    const shown = [readFileSync(`/proc/${pid}/cmdline`), readFileSync(`/proc/${pid}/environ`)];
    for (const [name, bytes] of formsOf(canary)) for (const seen of shown) assert.equal(seen.indexOf(bytes), -1, name);
    for (const seen of shown) assert.equal(seen.indexOf(passphrase), -1);
    assert.match(readFileSync(`/proc/${pid}/limits`, "utf8"), /^Max core file size +0 +0 /m);
    assert.deepEqual(listening(pid), []);
  });

  it("opens no debugger on SIGUSR1", onLinux, async () => {
    process.kill(pid, "SIGUSR1");
    // Two rounds through its event loop: by then Node's own handler would have listened.
    await sign(2, 20);
    assert.deepEqual(listening(pid), []);
  });

  it("does not start under a debugger, with a wrong passphrase or for an idle time that is none", async () => {
    const debugged = await home.call(["signer", "start", ...home.unlock], { kind: "cold", env: { NODE_OPTIONS: "--inspect=127.0.0.1:0" } });
    assert.match(debugged.err, /SIGNER_UNSAFE/);
    assert.equal(debugged.code, 3);
    const idle = await start("--idle-minutes", "0");
    assert.deepEqual([idle.error.code, idle.code], ["USAGE", 2]);
  });

  it(
    "has the key in its memory in no form once it is locked",
    { skip: process.getuid?.() === 0 ? onLinux.skip : "needs root" },
    async () => {
      const locked = await home.data(["signer", "lock"]);
      assert.equal(member(locked, "state"), "locked");
      // What is there all the same shows that the search finds what there is.
      const control = "the vault's id";
      const forms = formsOf(canary).set(control, Buffer.from(text(locked, "vaultId")));
      assert.deepEqual([...findInMemory(pid, forms).keys()], [control]);
    },
  );

  it("is locked until the next start, which takes its place", async () => {
    await home.json(["signer", "lock"]);
    const refused = await home.json(["keystore", "sign-message", "canary", "--text", "hello"]);
    assert.deepEqual([refused.error.code, refused.code], ["KEYSTORE_LOCKED", 3]);
    const wrong = home.write("wrong.txt", "not the passphrase\n");
    const denied = await home.json(["signer", "start", "--unlock-command", `cat '${wrong}'`]);
    assert.equal(denied.error.code, "KEYSTORE_PASSPHRASE_WRONG");
    const started = await start();
    assert.equal(started.code, 0, started.err);
    assert.notEqual(member(started.data, "pid"), pid);
    pid = Number(member(started.data, "pid"));
    assert.equal(member(started.data, "withoutPolicy"), "nothing");
    const unpoliced = await home.json(["keystore", "sign-message", "canary", "--text", "hello", "--no-policy"]);
    assert.deepEqual([unpoliced.error.code, unpoliced.code], ["POLICY_MISSING", 3]);
  });

  it("is replaced when it was killed, and stops when it is told to", async () => {
    process.kill(pid, "SIGKILL");
    const gone = await home.json(["signer", "status"]);
    assert.deepEqual([gone.error.code, gone.code], ["SIGNER_NOT_RUNNING", 3]);
    const started = await start();
    assert.equal(started.code, 0, started.err);
    assert.equal(member(await home.data(["signer", "stop"]), "pid"), member(started.data, "pid"));
    assert.equal((await home.json(["signer", "stop"])).error.code, "SIGNER_NOT_RUNNING");
    assert.deepEqual(readdirSync(home.signerFolder), ["signer.lock"]);
  });

  it("stays in the foreground for a supervisor, and ends with it", async () => {
    const running = home.start(["signer", "start", "--foreground", ...home.unlock]);
    await running.says("err", /signer process \d+ serves/);
    assert.equal(text(await home.data(["signer", "status"]), "state"), "unlocked");
    running.child.kill("SIGTERM");
    assert.equal((await running.ended).code, 143);
    assert.equal((await home.json(["signer", "status"])).error.code, "SIGNER_NOT_RUNNING");
  });

  it("leaves no key and no passphrase in anything that it wrote or said", () => {
    const forms = formsOf(canary);
    const secrets = [...forms, ["passphrase", Buffer.from(passphrase)] as const];
    const names = readdirSync(home.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const files = names.filter(({ name }) => name !== "passphrase.txt").map((entry) => join(entry.parentPath, entry.name));
    assert.ok(files.some((path) => path.endsWith("nonce-guard")) && files.some((path) => path.endsWith("keystore.json")), files.join());
    for (const [name, bytes] of secrets) {
      for (const path of files) assert.equal(readFileSync(path).indexOf(bytes), -1, `${name} in ${path}`);
      for (const words of said) assert.equal(Buffer.from(words).indexOf(bytes), -1, `${name} on a stream`);
    }
  });
});
