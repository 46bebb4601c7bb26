import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { type Socket, connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { codeOf } from "../../../test/keystore/code-of.ts";
import { SignerLab, senderOf } from "../../../test/keystore/signer-lab.ts";
import { type Json, type JsonObject, isJsonObject } from "../../kernel/json.ts";
import { testSignerConformance } from "../../testing/signer-conformance.ts";
import { VirtualClock } from "../../testing/virtual-clock.ts";
import type { Signer } from "../signer-port.ts";
import { SignerClient } from "./client.ts";
import { jsonSigner } from "./json-signer.ts";
import { FrameReader, encodeFrame, longestFrame } from "./frame.ts";
import { SignerServer } from "./server.ts";

const idleMs = 15 * 60_000;

class Serving {
  readonly lab = new SignerLab();
  readonly folder = join(this.lab.root, "signer");
  readonly clock = new VirtualClock();
  server: SignerServer | undefined;
  stops = 0;
  locks = 0;

  async start(): Promise<this> {
    await this.lab.fill(1);
    const { signer, session, guard } = await this.lab.signer();
    this.server = await this.listen(signer, session.vaultId, () => session.close());
    this.close = async () => {
      await this.server?.close();
      await guard.close();
      this.lab.remove();
    };
    return this;
  }

  async listen(signer: Signer, vaultId: string, wipe: () => void): Promise<SignerServer> {
    const { folder, clock } = this;
    const closing = {
      ...jsonSigner(signer),
      close: async (): Promise<void> => {
        this.locks++;
        wipe();
      },
    };
    const server = new SignerServer({
      signer: closing,
      vaultId,
      folder,
      clock,
      idleMs,
      withoutPolicy: "everything",
      onStop: () => this.stops++,
    });
    await server.listen();
    return server;
  }

  close: () => Promise<void> = async () => this.lab.remove();
}

/** A member of a frame that must be there. */
function memberOf(frame: JsonObject | undefined, ...path: readonly string[]): Json {
  let at: Json = frame ?? null;
  for (const name of path) at = isJsonObject(at) ? (at[name] ?? null) : null;
  return at;
}

/** Speaks to the socket as somebody who does not keep to the protocol. */
class Stranger {
  readonly #socket: Socket;
  readonly ended: Promise<void>;
  readonly heard: JsonObject[] = [];
  #onHeard: () => void = () => undefined;

  constructor(folder: string) {
    this.#socket = connect(join(folder, "signer.sock"));
    const reader = new FrameReader();
    this.#socket.on("data", (chunk: Buffer) => {
      this.heard.push(...reader.push(chunk));
      this.#onHeard();
    });
    this.#socket.on("error", () => undefined);
    this.ended = new Promise((resolve) => this.#socket.on("close", () => resolve()));
  }

  say(bytes: Buffer | JsonObject): void {
    this.#socket.write(Buffer.isBuffer(bytes) ? bytes : encodeFrame(bytes));
  }

  async hear(count: number): Promise<JsonObject | undefined> {
    while (this.heard.length < count) await new Promise<void>((resolve) => (this.#onHeard = resolve));
    return this.heard[count - 1];
  }

  close(): void {
    this.#socket.destroy();
  }
}

testSignerConformance("process, over its socket", async () => {
  const serving = await new Serving().start();
  const signer = await SignerClient.connect(serving.folder);
  return {
    signer,
    close: async () => {
      await signer.close();
      await serving.close();
    },
  };
});

describe("signer server", () => {
  let serving: Serving;
  beforeEach(async () => (serving = await new Serving().start()));
  afterEach(() => serving.close());

  const withClient = async (work: (client: SignerClient) => Promise<void>): Promise<void> => {
    const client = await SignerClient.connect(serving.folder);
    await work(client);
    await client.close();
  };
  const tokenPath = (): string => join(serving.folder, "signer.token");

  it("keeps socket and token to its user, with a new token for each start", async () => {
    assert.equal(statSync(serving.folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(serving.folder, "signer.sock")).mode & 0o777, 0o600);
    assert.equal(statSync(tokenPath()).mode & 0o777, 0o600);
    const token = readFileSync(tokenPath(), "utf8");
    assert.match(token, /^[0-9a-f]{64}\n$/);
    await serving.server?.close();
    assert.ok(!existsSync(tokenPath()));
    const { signer, session, guard } = await serving.lab.signer();
    serving.server = await serving.listen(signer, session.vaultId, () => session.close());
    assert.notEqual(readFileSync(tokenPath(), "utf8"), token);
    await guard.close();
  });

  it("refuses a wrong token, none, and one of another length, and ends the connection", async () => {
    for (const greeting of [{ token: "0".repeat(64) }, {}, { token: "" }, { token: 1 }, { id: 1, method: "status" }] as const) {
      const stranger = new Stranger(serving.folder);
      stranger.say(greeting);
      // What comes behind it is not looked at.
      stranger.say({ id: 1, method: "accounts" });
      await stranger.ended;
      assert.deepEqual(
        stranger.heard.map((frame) => memberOf(frame, "error", "code")),
        ["SIGNER_DENIED"],
      );
    }
    writeFileSync(tokenPath(), `${"1".repeat(64)}\n`);
    assert.equal(await codeOf(SignerClient.connect(serving.folder)), "SIGNER_DENIED");
  });

  it("refuses a frame that is too long: any before the greeting, and over a mebibyte after it", async () => {
    const length = (bytes: number): Buffer => {
      const header = Buffer.alloc(4);
      header.writeUInt32BE(bytes);
      return header;
    };
    const early = new Stranger(serving.folder);
    early.say(length(257));
    await early.ended;
    const late = new Stranger(serving.folder);
    late.say({ token: readFileSync(tokenPath(), "utf8").trim() });
    assert.deepEqual(await late.hear(1), { ready: "mfm-signer/1" });
    late.say(length(longestFrame + 1));
    await late.ended;
    for (const stranger of [early, late]) assert.equal(memberOf(stranger.heard.at(-1), "error", "code"), "SIGNER_PROTOCOL");
  });

  it("ends a connection that does not greet", async () => {
    const silent = new Stranger(serving.folder);
    await withClient(async (client) => void (await client.status()));
    await serving.clock.run(() => false, serving.clock.now() + 6000);
    await silent.ended;
    assert.deepEqual(silent.heard, []);
  });

  it("answers what it can and says what it cannot, on one connection", async () => {
    const stranger = new Stranger(serving.folder);
    stranger.say({ token: readFileSync(tokenPath(), "utf8").trim() });
    await stranger.hear(1);
    stranger.say({ id: 1, method: "sign", intent: { kind: "hash", hash: `0x${"1".repeat(64)}` } });
    stranger.say({ id: 2, method: "accounts" });
    const [denied, accounts] = [await stranger.hear(2), await stranger.hear(3)].toSorted(
      (one, other) => Number(one?.["id"]) - Number(other?.["id"]),
    );
    assert.equal(memberOf(denied, "error", "code"), "VALUE_INVALID");
    assert.ok(Array.isArray(memberOf(accounts, "result")));
    stranger.say({ id: 3, method: "export" });
    await stranger.ended;
    assert.equal(memberOf(stranger.heard.at(-1), "error", "code"), "SIGNER_PROTOCOL");
  });

  it("locks itself when nobody asks for a signature, and not before", async () => {
    await withClient(async (client) => {
      const sender = await senderOf(client);
      const sign = (): Promise<unknown> => client.sign({ kind: "message", sender, message: "0x00" });
      await sign();
      const waited = async (milliseconds: number): Promise<void> => {
        const until = serving.clock.now() + milliseconds;
        serving.clock.timer(milliseconds, () => undefined);
        await serving.clock.run(() => false, until);
      };
      await waited(idleMs - 1);
      assert.equal((await client.status()).state, "unlocked");
      await sign();
      await waited(idleMs - 1);
      await sign();
      await waited(idleMs);
      const status = await client.status();
      assert.deepEqual([status.state, status.locksAt, status.signatures, serving.locks], ["locked", null, 3, 1]);
      assert.equal(await codeOf(sign()), "SIGNER_LOCKED");
      assert.equal(await codeOf(client.accounts()), "SIGNER_LOCKED");
    });
  });

  it("locks when it is told to, once, and goes on answering", async () => {
    await withClient(async (client) => {
      assert.equal((await client.lock()).state, "locked");
      assert.equal((await client.lock()).state, "locked");
      assert.equal(serving.locks, 1);
      assert.equal(await codeOf(client.accounts()), "SIGNER_LOCKED");
    });
  });

  it("locks before it stops", async () => {
    await withClient(async (client) => {
      const stopped = client.stop();
      await new Promise<void>((resolve) => setImmediate(resolve));
      while (serving.stops === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      assert.equal(serving.locks, 1);
      await serving.server?.close();
      await stopped;
      assert.equal(await codeOf(client.accounts()), "SIGNER_NOT_RUNNING");
    });
    assert.equal(await codeOf(SignerClient.connect(serving.folder)), "SIGNER_NOT_RUNNING");
  });

  it("refuses a second start in its folder, and takes the place of one that was killed", async () => {
    const { signer, session, guard } = await serving.lab.signer();
    assert.equal(await codeOf(serving.listen(signer, session.vaultId, () => session.close())), "SIGNER_RUNNING");
    await serving.server?.close();
    // What a killed process leaves behind: here a file that nobody listens on.
    writeFileSync(join(serving.folder, "signer.sock"), "");
    serving.server = await serving.listen(signer, session.vaultId, () => session.close());
    await withClient(async (client) => assert.equal((await client.status()).state, "unlocked"));
    await guard.close();
  });

  it("is not spoken to in a folder that others may enter", async () => {
    chmodSync(serving.folder, 0o755);
    assert.equal(await codeOf(SignerClient.connect(serving.folder)), "FILE_UNSAFE");
    chmodSync(serving.folder, 0o700);
  });
});
