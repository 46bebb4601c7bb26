/**
 * The address book, and the check for look-alikes: an address whose first and last four digits are those of a known one is the work of somebody
 * who counts on people comparing only these. The book is kept in the vault, under its MAC.
 */
import * as z from "zod";
import { address } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";
import { lowerSchema } from "../../kernel/lower.ts";
import { ValueCodec } from "../../kernel/value.ts";
import type { Hex } from "../vault/bytes.ts";

const entry = z.strictObject({ name: z.string().min(1).max(100), address });
const bookSchema = z.strictObject({ format: z.literal("mfm-book/1"), entries: z.array(entry).max(10_000) });

export type BookEntry = z.output<typeof entry>;
export type Book = readonly BookEntry[];

/** An address that is known by a name. */
export interface Known {
  readonly name: string;
  readonly address: Hex;
}

const codec = new ValueCodec(lowerSchema(bookSchema));

/** A signer looks into the same book for each signature, and a large one takes longer to read than to sign. */
const books = new WeakMap<object, Book>();

/** The book of a vault's JSON; empty where there is none yet. @throws VALUE_INVALID */
export function readBook(data: Json): Book {
  if (data === null) return [];
  const known = typeof data === "object" ? books.get(data) : undefined;
  if (known !== undefined) return known;
  const { entries } = codec.decode(data, "address book") as z.output<typeof bookSchema>;
  if (typeof data === "object") books.set(data, entries);
  return entries;
}

export function bookJson(entries: Book): Json {
  return readStrictJson(codec.encode({ format: "mfm-book/1", entries }, "address book"));
}

/** The address of authored text, EIP-55. @throws VALUE_INVALID */
export function readEntry(data: { readonly name: string; readonly address: string }): BookEntry {
  return new ValueCodec(lowerSchema(entry)).decode(data, "address book entry") as BookEntry;
}

/**
 * The book with one entry more.
 * @throws BOOK_CONFLICT when the name or the address is there
 */
export function addToBook(book: Book, added: BookEntry): Book {
  const other = book.find(({ name, address: known }) => name === added.name || known === added.address);
  if (other !== undefined)
    throw new MfmError("BOOK_CONFLICT", `${other.name} is ${other.address} in the address book`, {
      name: other.name,
      address: other.address,
    });
  return [...book, added].toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** The book without an entry, by its name or address. @throws BOOK_UNKNOWN */
export function removeFromBook(book: Book, given: string): { readonly book: Book; readonly removed: BookEntry } {
  const removed = book.find(({ name, address: known }) => name === given || known.toLowerCase() === given.toLowerCase());
  if (removed === undefined) throw new MfmError("BOOK_UNKNOWN", `the address book has no ${JSON.stringify(given)}`, { name: given });
  return { book: book.filter((kept) => kept !== removed), removed };
}

const compared = 4;

/** The known address that this one could be taken for; none where it is itself known. */
export function findLookAlike(candidate: Hex, known: readonly Known[]): Known | undefined {
  const ends = endsOf(candidate);
  const alike = known.filter(({ address: other }) => endsOf(other) === ends);
  return alike.some(({ address: other }) => sameAddress(other, candidate)) ? undefined : alike[0];
}

/** @throws ADDRESS_LOOKS_ALIKE naming both */
export function assertNoLookAlike(candidates: readonly Hex[], known: readonly Known[]): void {
  for (const candidate of candidates) {
    const alike = findLookAlike(candidate, known);
    if (alike === undefined) continue;
    throw new MfmError("ADDRESS_LOOKS_ALIKE", `${candidate} looks like ${alike.name}, which is ${alike.address}`, {
      address: candidate,
      known: { name: alike.name, address: alike.address },
    });
  }
}

function endsOf(written: Hex): string {
  const digits = written.slice(2).toLowerCase();
  return `${digits.slice(0, compared)}${digits.slice(-compared)}`;
}

function sameAddress(left: Hex, right: Hex): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
