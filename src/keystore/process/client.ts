/** The signer of another process: the port over its socket. Policy, guard and audit are over there. */
import { type Socket, connect } from "node:net";
import { join } from "node:path";
import type { SignedOf, SigningIntent } from "../../capabilities/signer.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import { openSafeFolder } from "../files/folder.ts";
import { readPrivateFile } from "../files/private-file.ts";
import type { NonceRange, SignedNonce, Signer, SignerAccount } from "../signer-port.ts";
import { intentJson, readSigned } from "../signing/intent.ts";
import { FrameReader, encodeFrame } from "./frame.ts";
import { readNonces } from "./json-signer.ts";
import { type SignerMethod, type SignerStatus, protocol, readError, socketName, tokenName } from "./protocol.ts";

interface Pending {
  readonly resolve: (result: Json) => void;
  readonly reject: (error: unknown) => void;
}

export class SignerClient implements Signer {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  #greeting: Pending | undefined;
  #next = 1;
  #failure: MfmError | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new FrameReader();
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const frame of reader.push(chunk)) this.#take(frame);
      } catch (error) {
        this.#fail(error instanceof MfmError ? error : new MfmError("SIGNER_PROTOCOL", "an answer that cannot be read", {}, error));
      }
    });
    socket.on("error", (error) => this.#fail(gone(error)));
    socket.on("close", () => this.#fail(gone(undefined)));
  }

  /**
   * Connects to the signer process whose socket and token are in the folder.
   * @throws SIGNER_NOT_RUNNING when nobody answers there; SIGNER_DENIED; FILE_UNSAFE when others may touch folder or token
   */
  static async connect(folder: string): Promise<SignerClient> {
    const [path, token] = locate(folder);
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", (error) =>
        reject(new MfmError("SIGNER_NOT_RUNNING", `no signer process listens on ${path}`, { socket: path }, error)),
      );
    });
    const client = new SignerClient(socket);
    const ready = await new Promise<Json>((resolve, reject) => {
      client.#greeting = { resolve, reject };
      socket.write(encodeFrame({ token }));
    });
    client.#greeting = undefined;
    if (ready !== protocol) throw new MfmError("SIGNER_PROTOCOL", "the signer process speaks another protocol");
    return client;
  }

  async accounts(): Promise<readonly SignerAccount[]> {
    return (await this.#ask("accounts")) as unknown as readonly SignerAccount[];
  }

  /** @throws as the port says; SIGNER_NOT_RUNNING with advice to ask again when the connection broke: an intent is signed once */
  async sign<I extends SigningIntent>(intent: I): Promise<SignedOf<I>> {
    return readSigned(await this.#ask("sign", { intent: intentJson(intent) })) as SignedOf<I>;
  }

  async check(intent: SigningIntent): Promise<void> {
    await this.#ask("check", { intent: intentJson(intent) });
  }

  async signedNonces({ chainId, sender, from, intents = [] }: NonceRange): Promise<readonly SignedNonce[]> {
    return readNonces(await this.#ask("signedNonces", { range: { chainId, sender, from, intents: [...intents] } }));
  }

  async status(): Promise<SignerStatus> {
    return (await this.#ask("status")) as unknown as SignerStatus;
  }

  /** Its keys are gone from its memory, as far as JavaScript can; it goes on answering `status`. */
  async lock(): Promise<SignerStatus> {
    return (await this.#ask("lock")) as unknown as SignerStatus;
  }

  /** Resolves when the connection is gone, and with it the process's part of it. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#socket.once("close", () => resolve()));
    await this.#ask("stop");
    await closed;
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }

  #ask(method: SignerMethod, about: JsonObject = {}): Promise<Json> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const frame = encodeFrame({ id, method, ...about });
      this.#pending.set(id, { resolve, reject });
      this.#socket.write(frame);
    });
  }

  #take({ id = null, ready, result, error }: JsonObject): void {
    if (ready !== undefined && this.#greeting !== undefined) return this.#greeting.resolve(ready);
    const pending = typeof id === "number" ? this.#pending.get(id) : undefined;
    if (pending === undefined) return this.#fail(readError(error));
    this.#pending.delete(id as number);
    if (result === undefined) pending.reject(readError(error));
    else pending.resolve(result);
  }

  #fail(failure: MfmError): void {
    this.#failure ??= failure;
    this.#greeting?.reject(this.#failure);
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
    this.#socket.destroy();
  }
}

function locate(folder: string): readonly [path: string, token: string] {
  const socket = join(folder, socketName);
  const missing = (cause: unknown): MfmError =>
    new MfmError("SIGNER_NOT_RUNNING", `no signer process listens on ${socket}`, { socket }, cause);
  try {
    const safe = openSafeFolder(folder);
    const token = readPrivateFile(join(safe.path, tokenName), 256)?.bytes;
    if (token === undefined) throw missing(undefined);
    return [join(safe.path, socketName), Buffer.from(token).toString("latin1").trim()];
  } catch (error) {
    if (error instanceof MfmError && error.code === "FILE_UNREADABLE") throw missing(error);
    throw error;
  }
}

function gone(cause: unknown): MfmError {
  return new MfmError("SIGNER_NOT_RUNNING", "the signer process ended the connection", {}, cause);
}
