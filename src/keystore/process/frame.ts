/** Frames on the signer's socket: four bytes of length, big-endian, then so many bytes of JSON. */
import { MfmError } from "../../kernel/errors.ts";
import { type Json, type JsonObject, isJsonObject } from "../../kernel/json.ts";

/** An intent with 128 KiB of data, in hex, and its answer, which has it twice. */
export const longestFrame = 1 << 20;
const header = 4;

/** @throws SIGNER_PROTOCOL when it is longer than a frame may be */
export function encodeFrame(value: Json): Buffer {
  const body = Buffer.from(JSON.stringify(value), "utf8");
  if (body.length > longestFrame)
    throw new MfmError("SIGNER_PROTOCOL", `a frame has at most ${longestFrame} bytes, this one ${body.length}`);
  const frame = Buffer.allocUnsafe(header + body.length);
  frame.writeUInt32BE(body.length);
  body.copy(frame, header);
  return frame;
}

/** Puts frames together again. What is too long is refused by its length alone, before it is held. */
export class FrameReader {
  readonly #limit: () => number;
  #held: Buffer = Buffer.alloc(0);

  /** `limit`: of the next frame. */
  constructor(limit: () => number = () => longestFrame) {
    this.#limit = limit;
  }

  /** The frames that are complete now. @throws SIGNER_PROTOCOL when one is too long or is no JSON object */
  *push(chunk: Buffer): Generator<JsonObject> {
    this.#held = Buffer.concat([this.#held, chunk]);
    while (this.#held.length >= header) {
      const end = header + this.#held.readUInt32BE();
      if (end - header > this.#limit())
        throw new MfmError("SIGNER_PROTOCOL", `a frame of ${end - header} bytes, at most ${this.#limit()} are taken`);
      if (this.#held.length < end) return;
      const body = this.#held.subarray(header, end);
      this.#held = this.#held.subarray(end);
      yield parseObject(body);
    }
  }
}

function parseObject(body: Buffer): JsonObject {
  try {
    const value = JSON.parse(body.toString("utf8")) as Json;
    if (isJsonObject(value)) return value;
  } catch {
    // Said below, without what it holds.
  }
  throw new MfmError("SIGNER_PROTOCOL", "a frame that is no JSON object");
}
