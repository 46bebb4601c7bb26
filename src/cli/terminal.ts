/** The two streams of a command: the result on stdout, everything else on stderr. A reader that leaves (`| head`) is no error. */
import { failure, reasonOf } from "../app/failure.ts";
import { type Paint, ansi, plain } from "./paint.ts";

/** Thrown by a write when nobody reads stdout any more. */
export class OutputClosed extends Error {
  constructor() {
    super("stdout is closed");
    this.name = "OutputClosed";
  }
}

export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** A reader that has left has seen enough; what could not be written otherwise is missing somewhere. */
function failureOf(error: Error): Error {
  if ("code" in error && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED")) return new OutputClosed();
  const reason = reasonOf(error);
  return failure("FILE_UNWRITABLE", `the output cannot be written: ${reason}`, { reason });
}

export class Terminal {
  /** For text on stdout. */
  readonly paint: Paint;
  /** For text on stderr. */
  readonly paintNotes: Paint;
  readonly #streams: Streams;
  #failure: Error | undefined;
  #above: ((line: string) => void) | undefined;

  constructor(streams: Streams, colour: boolean) {
    this.#streams = streams;
    this.paint = colour && streams.stdout.isTTY ? ansi : plain;
    this.paintNotes = colour && streams.stderr.isTTY ? ansi : plain;
    streams.stdout.on("error", (error: Error) => (this.#failure ??= failureOf(error)));
    // Nobody reads what is said: that is no reason to stop.
    streams.stderr.on("error", () => undefined);
  }

  /** Whether a person looks at stderr. */
  get isWatched(): boolean {
    return this.#streams.stderr.isTTY;
  }

  /** Of stderr. */
  get columns(): number {
    const { columns } = this.#streams.stderr;
    return this.isWatched && columns > 0 ? columns : 80;
  }

  /** Writes to stdout and waits until it is taken. @throws OutputClosed; FILE_UNWRITABLE where it is a file that takes no more */
  async write(text: string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const error = await new Promise<Error | null | undefined>((resolve) => void this.#streams.stdout.write(text, resolve));
    if (error !== null && error !== undefined) throw (this.#failure ??= failureOf(error));
  }

  /** A line on stderr; above the live view where there is one. */
  note(line: string): void {
    if (this.#above === undefined) this.#streams.stderr.write(`${line}\n`);
    else this.#above(line);
  }

  /** Raw text on stderr, for a live view. */
  draw(text: string): void {
    this.#streams.stderr.write(text);
  }

  /** Notes go to the live view until it is gone. */
  showAbove(above: ((line: string) => void) | undefined): void {
    this.#above = above;
  }

  /** Waits until both streams have taken everything. */
  async flush(): Promise<void> {
    for (const stream of [this.#streams.stdout, this.#streams.stderr]) {
      await new Promise<void>((resolve) => void stream.write("", () => resolve()));
    }
  }
}
