/** The address book of a vault. */
import {
  type Book,
  type BookEntry,
  addToBook,
  bookJson,
  findLookAlike,
  readBook,
  readEntry,
  removeFromBook,
} from "../../keystore/signing/address-book.ts";
import { knownAddresses } from "../../keystore/vault-signer.ts";
import { failure } from "../failure.ts";
import type { Place } from "../place.ts";
import { type VaultChoice, withVault } from "./unlock.ts";

export interface BookView {
  readonly entries: Book;
}

export interface AddToBook {
  readonly name: string;
  readonly address: string;
  /** Somebody has looked at all 40 digits, so that a look-alike is meant. */
  readonly compared: "all" | "unknown";
}

/** @throws VALUE_INVALID, BOOK_CONFLICT; ADDRESS_LOOKS_ALIKE unless it was compared; what unlocking and changing a vault throws */
export async function addAddress(place: Place, choice: VaultChoice, { compared, ...given }: AddToBook): Promise<BookEntry> {
  const added = readEntry(given);
  return withVault(place, choice, async (session) => {
    const alike = findLookAlike(added.address, knownAddresses(session, undefined));
    if (alike !== undefined && compared === "unknown")
      throw failure("ADDRESS_LOOKS_ALIKE", `${added.address} looks like ${alike.name}, which is ${alike.address}`, {
        address: added.address,
        known: { name: alike.name, address: alike.address },
      });
    await session.setBook(bookJson(addToBook(readBook(session.book()), added)));
    return added;
  });
}

export function listAddresses(place: Place, choice: VaultChoice): Promise<BookView> {
  return withVault(place, choice, (session) => ({ entries: readBook(session.book()) }));
}

/** By name or address. @throws BOOK_UNKNOWN, and what unlocking and changing a vault throws */
export function removeAddress(place: Place, choice: VaultChoice, given: string): Promise<BookEntry> {
  return withVault(place, choice, async (session) => {
    const { book, removed } = removeFromBook(readBook(session.book()), given);
    await session.setBook(bookJson(book));
    return removed;
  });
}
