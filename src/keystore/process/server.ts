/**
 * The signer's server: an unlocked vault behind a unix socket in a folder of this user's. Whoever connects shows the token of this start, and then
 * asks with typed intents. Left alone for long enough it locks itself: the vault's key is wiped, and only a new start unlocks it.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmodSync } from "node:fs";
import { type Server, type Socket, connect, createServer } from "node:net";
import { join } from "node:path";
import { formatInstant } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import type { Clock } from "../../kernel/ports.ts";
import { makeSafeFolder } from "../files/folder.ts";
import { withLock } from "../files/lock.ts";
import { removePrivateFile, replacePrivateFile } from "../files/private-file.ts";
import { FrameReader, encodeFrame, longestFrame } from "./frame.ts";
import type { JsonSigner } from "./json-signer.ts";
import {
  type SignerRequest,
  type SignerStatus,
  errorJson,
  longestGreeting,
  protocol,
  readRequest,
  socketName,
  tokenName,
} from "./protocol.ts";

export interface SignerServerOptions {
  /** Closed when the server locks: what it holds is to be gone then. */
  readonly signer: JsonSigner;
  readonly vaultId: string;
  /** Where socket and token are made; 0700. */
  readonly folder: string;
  readonly clock: Clock;
  readonly idleMs: number;
  readonly withoutPolicy: SignerStatus["withoutPolicy"];
  /** Called once when somebody asked it to stop. */
  readonly onStop: () => void;
}

/** More is somebody who tries. */
const mostConnections = 64;
const mostInFlight = 1024;
const greetingMs = 5000;

export class SignerServer {
  readonly #options: SignerServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #startedAt: number;
  #token: Buffer | undefined;
  #state: SignerStatus["state"] = "unlocked";
  #usedAt: number;
  #locking: Promise<void> | undefined;
  #cancelIdle: () => void = () => undefined;
  #signatures = 0;

  constructor(options: SignerServerOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#usedAt = this.#startedAt;
    this.#server = createServer((socket) => this.#greet(socket));
    this.#server.maxConnections = mostConnections;
  }

  /** Writes a new token and listens. @throws SIGNER_RUNNING when somebody listens there; FILE_UNSAFE, FILE_UNWRITABLE */
  async listen(): Promise<void> {
    const folder = makeSafeFolder(this.#options.folder);
    const socket = join(folder.path, socketName);
    // One start at a time: what is left of a process that was killed must not be taken away from one that just began.
    await withLock(join(folder.path, "signer.lock"), async () => {
      if (await isAnswered(socket)) throw new MfmError("SIGNER_RUNNING", `a signer process listens on ${socket}`, { socket });
      removePrivateFile(socket);
      removePrivateFile(join(folder.path, tokenName));
      const token = randomBytes(32).toString("hex");
      replacePrivateFile({ path: join(folder.path, tokenName), bytes: Buffer.from(`${token}\n`), expected: undefined });
      this.#token = digest(token);
      await new Promise<void>((resolve, reject) => {
        this.#server.once("error", reject);
        this.#server.listen(socket, resolve);
      });
      chmodSync(socket, 0o600);
    });
    this.#touch();
  }

  get status(): SignerStatus {
    const { vaultId, withoutPolicy, idleMs } = this.#options;
    return {
      state: this.#state,
      pid: process.pid,
      vaultId,
      startedAt: formatInstant(this.#startedAt),
      locksAt: this.#state === "locked" ? null : formatInstant(this.#usedAt + idleMs),
      withoutPolicy,
      signatures: this.#signatures,
    };
  }

  /** The signer is closed when it resolves. */
  lock(): Promise<void> {
    this.#state = "locked";
    this.#cancelIdle();
    return (this.#locking ??= this.#options.signer.close());
  }

  async close(): Promise<void> {
    await this.lock();
    removePrivateFile(join(this.#options.folder, tokenName));
    for (const socket of this.#sockets) socket.destroySoon();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #touch(): void {
    const { clock, idleMs } = this.#options;
    this.#usedAt = clock.now();
    this.#cancelIdle();
    this.#cancelIdle = clock.timer(idleMs, () => void this.lock());
  }

  #greet(socket: Socket): void {
    this.#sockets.add(socket);
    const cancel = this.#options.clock.timer(greetingMs, () => socket.destroy());
    let greeted = false;
    let inFlight = 0;
    const reader = new FrameReader(() => (greeted ? longestFrame : longestGreeting));
    const send = (answer: JsonObject): void => {
      if (!socket.destroyed) socket.write(encodeAnswer(answer));
    };
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      cancel();
      this.#sockets.delete(socket);
    });
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const frame of reader.push(chunk)) {
          if (greeted) {
            if (++inFlight > mostInFlight) throw new MfmError("SIGNER_PROTOCOL", `over ${mostInFlight} requests at once`);
            void this.#answer(readRequest(frame), send).finally(() => inFlight--);
            continue;
          }
          this.#assertToken(frame);
          greeted = true;
          cancel();
          send({ ready: protocol });
        }
      } catch (error) {
        // What comes behind it is thrown away.
        socket.removeAllListeners("data").resume();
        socket.end(encodeAnswer({ id: null, error: errorJson(error) }));
      }
    });
  }

  /** Compared in constant time, as digests, so that the length says nothing either. @throws SIGNER_DENIED */
  #assertToken({ token }: JsonObject): void {
    const isRight = typeof token === "string" && this.#token !== undefined && timingSafeEqual(digest(token), this.#token);
    if (!isRight) throw new MfmError("SIGNER_DENIED", "the token is not the one of this signer process");
  }

  async #answer(request: SignerRequest, send: (answer: JsonObject) => void): Promise<void> {
    const { id } = request;
    try {
      send({ id, result: await this.#do(request) });
    } catch (error) {
      send({ id, error: errorJson(error) });
    }
  }

  async #do({ method, intent, range }: SignerRequest): Promise<Json> {
    switch (method) {
      case "status":
        return { ...this.status };
      case "lock":
        await this.lock();
        return { ...this.status };
      case "stop":
        await this.lock();
        // The answer first.
        setImmediate(this.#options.onStop);
        return { ...this.status };
      case "accounts":
        this.#assertUnlocked();
        return this.#options.signer.accounts();
      case "check":
        this.#assertUnlocked();
        return this.#options.signer.check(intent);
      case "signedNonces":
        this.#assertUnlocked();
        return this.#options.signer.signedNonces(range);
      case "sign":
        return this.#sign(intent);
    }
  }

  async #sign(intent: Json): Promise<Json> {
    this.#assertUnlocked();
    this.#touch();
    const signed = await this.#options.signer.sign(intent);
    this.#signatures++;
    return signed;
  }

  #assertUnlocked(): void {
    if (this.#state === "locked") throw new MfmError("SIGNER_LOCKED", "the signer process is locked");
  }
}

async function isAnswered(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** An answer that is too long for a frame is an error of the request. */
function encodeAnswer(answer: JsonObject): Buffer {
  try {
    return encodeFrame(answer);
  } catch (error) {
    return encodeFrame({ id: answer["id"] ?? null, error: errorJson(error) });
  }
}
