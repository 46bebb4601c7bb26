/** Reading a packed answer of the scanner, byte by byte: whole and exactly, or not at all. */

/** What came back is no answer of the scanner to that question: nothing of it may be used. */
export interface MalformedAnswer {
  readonly kind: "malformed_answer";
  readonly why: "not_hex" | "wrong_kind" | "too_short" | "too_long" | "unknown_status" | "leading_zero" | "wrong_size";
  /** The byte at which that shows. */
  readonly offset: number;
}

/** What `read` makes of the answer, if that is hex and ends where `read` has read to. */
export function readAnswer<T>(data: string, read: (cursor: AnswerCursor) => T): T | MalformedAnswer {
  try {
    const cursor = new AnswerCursor(data);
    const found = read(cursor);
    cursor.end();
    return found;
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

class Refusal extends Error {
  readonly answer: MalformedAnswer;

  constructor(answer: MalformedAnswer) {
    super(answer.why);
    this.answer = answer;
  }
}

/** Reads from the front, and never past the end. Whatever is not as it must be ends the reading. */
export class AnswerCursor {
  readonly #data: string;
  /** In hex digits. */
  #at = 2;

  constructor(data: string) {
    this.#data = data;
    if (data.length % 2 !== 0 || !/^0x[0-9a-f]*$/.test(data)) this.refuse("not_hex");
  }

  /** As `0x...`. */
  bytes(count: number): string {
    const end = this.#at + 2 * count;
    if (end > this.#data.length) this.refuse("too_short");
    const found = this.#data.slice(this.#at, end);
    this.#at = end;
    return `0x${found}`;
  }

  byte(): number {
    return Number(this.bytes(1));
  }

  end(): void {
    if (this.#at !== this.#data.length) this.refuse("too_long");
  }

  refuse(why: MalformedAnswer["why"]): never {
    throw new Refusal({ kind: "malformed_answer", why, offset: this.#at / 2 - 1 });
  }
}
