/** The signer whose keys are in a thread of their own: when it is closed, the thread and its memory are gone. */
import { Worker } from "node:worker_threads";
import { MfmError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import type { JsonSigner } from "../../keystore/process/json-signer.ts";
import { readError } from "../../keystore/process/protocol.ts";
import type { SignerOrder } from "./signer-process.ts";

/** To the thread. Told to close, it finishes what it was asked before. */
export type Asked =
  | { readonly kind: "accounts"; readonly id: number }
  | { readonly kind: "sign" | "check"; readonly id: number; readonly intent: Json }
  | { readonly kind: "signedNonces"; readonly id: number; readonly range: Json }
  | { readonly kind: "close" };

/** By the thread. */
export type Told =
  | { readonly kind: "opened"; readonly vaultId: string }
  | { readonly kind: "failed"; readonly error: Json }
  | { readonly kind: "answered"; readonly id: number; readonly result: Json }
  | { readonly kind: "refused"; readonly id: number; readonly error: Json };

interface Pending {
  readonly resolve: (result: Json) => void;
  readonly reject: (error: unknown) => void;
}

const patienceMs = 5000;

export class ThreadSigner implements JsonSigner {
  readonly vaultId: string;
  readonly #thread: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #closed = false;

  private constructor(thread: Worker, vaultId: string) {
    this.#thread = thread;
    this.vaultId = vaultId;
    thread.on("message", (told: Told) => this.#take(told));
    thread.on("exit", () => this.#end());
    thread.on("error", () => this.#end());
  }

  /** Takes the passphrase over: the caller's is empty afterwards. @throws what unlocking a vault throws */
  static async open(order: SignerOrder, passphrase: Uint8Array): Promise<ThreadSigner> {
    const own = passphrase.slice();
    passphrase.fill(0);
    const thread = new Worker(new URL("./signer-thread.js", import.meta.url), {
      workerData: { order, passphrase: own },
      transferList: [own.buffer],
      env: {},
      // What is written there is not looked at by anybody.
      stdout: true,
      stderr: true,
    });
    const vaultId = await new Promise<string>((resolve, reject) => {
      thread.once("message", (told: Told) =>
        told.kind === "opened" ? resolve(told.vaultId) : reject(readError("error" in told ? told.error : undefined)),
      );
      thread.once("error", reject);
    });
    return new ThreadSigner(thread, vaultId);
  }

  accounts(): Promise<Json> {
    return this.#ask((id) => ({ kind: "accounts", id }));
  }

  /** @throws as the port says; VALUE_INVALID when it is no intent */
  sign(intent: Json): Promise<Json> {
    return this.#ask((id) => ({ kind: "sign", id, intent }));
  }

  /** @throws as the port says; VALUE_INVALID when it is no intent */
  check(intent: Json): Promise<Json> {
    return this.#ask((id) => ({ kind: "check", id, intent }));
  }

  /** @throws as the port says; VALUE_INVALID when it is no range */
  signedNonces(range: Json): Promise<Json> {
    return this.#ask((id) => ({ kind: "signedNonces", id, range }));
  }

  /** Gone when it resolves. A thread that is ended within a write would leave a lock behind: it gets the time to finish. */
  async close(): Promise<void> {
    this.#closed = true;
    const gone = new Promise<void>((resolve) => this.#thread.once("exit", () => resolve()));
    this.#tell({ kind: "close" });
    const timer = setTimeout(() => void this.#thread.terminate(), patienceMs);
    await gone;
    clearTimeout(timer);
  }

  #ask(askedBy: (id: number) => Asked): Promise<Json> {
    if (this.#closed) return Promise.reject(locked());
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#tell(askedBy(id));
    });
  }

  #tell(asked: Asked): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#thread.postMessage(asked);
  }

  #take(told: Told): void {
    if (told.kind === "opened" || told.kind === "failed") return;
    const pending = this.#pending.get(told.id);
    this.#pending.delete(told.id);
    if (told.kind === "answered") pending?.resolve(told.result);
    else pending?.reject(readError(told.error));
  }

  #end(): void {
    this.#closed = true;
    for (const { reject } of this.#pending.values()) reject(locked());
    this.#pending.clear();
  }
}

function locked(): MfmError {
  return new MfmError("SIGNER_LOCKED", "the signer process is locked");
}
