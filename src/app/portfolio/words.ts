/** The little languages of portfolios: addresses, `NETWORK=ADDRESS`, blocks, and prices such as `ETH/USD=2500` or `ETH/USD=feed:0x...`. */
import { codecs } from "../../kernel/codecs.ts";
import { finalities } from "../networks/network-table.ts";
import { type Address, type WishedBlock, type WishedPrice, type WishedToken, usualMaxAgeSeconds } from "./wish.ts";

/** What was read, or why it could not be: words that never repeat more than a person wrote on purpose. */
export type Read<T> = { readonly ok: T } | { readonly refused: string };

/** With its EIP-55 checksum. */
export function readAddress(text: string): Read<Address> {
  const address = codecs.address.decode(text) as Address | undefined;
  if (address !== undefined) return { ok: address };
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return { refused: "is no address: 0x and 40 hexadecimal digits" };
  return { refused: "has a wrong EIP-55 checksum: a digit is mistyped, or its upper and lower case were changed" };
}

/** `0x...`, or `base=0x...` where there are several networks. */
export function readToken(text: string): Read<WishedToken> {
  const { network, rest } = splitNetwork(text);
  const address = readAddress(rest);
  return "refused" in address ? address : { ok: { network, address: address.ok } };
}

function splitNetwork(text: string): { readonly network: string | undefined; readonly rest: string } {
  const sign = text.indexOf("=");
  return sign < 0 ? { network: undefined, rest: text } : { network: text.slice(0, sign), rest: text.slice(sign + 1) };
}

/** `latest`, `safe`, `finalized`, a number or a hash. */
export function readBlock(text: string): Read<WishedBlock> {
  const tag = finalities.find((name) => name === text);
  if (tag !== undefined) return { ok: { kind: "tag", tag } };
  const hash = codecs.hash.decode(text) as `0x${string}` | undefined;
  if (hash !== undefined) return { ok: { kind: "hash", hash } };
  if (/^(?:0|[1-9][0-9]{0,17})$/.test(text)) return { ok: { kind: "number", number: text } };
  return { refused: `is no block: ${finalities.join(", ")}, a number, or a hash of 0x and 64 hexadecimal digits` };
}

/** `SYMBOL/QUOTE=PRICE`, or `SYMBOL/QUOTE=feed:ADDRESS` with the network before the address where there are several: `feed:base=0x...`. */
export function readPrice(text: string): Read<WishedPrice> {
  const [, symbol = "", quote = "", value = ""] = /^([^=]+)\/([^/=]+)=(.*)$/s.exec(text) ?? [];
  if (value === "") return { refused: "is no price: write SYMBOL/QUOTE=PRICE or SYMBOL/QUOTE=feed:ADDRESS, for example ETH/USD=2500" };
  const names = checkNames(symbol, quote);
  if (names !== undefined) return { refused: names };
  if (!value.startsWith("feed:")) {
    const unitPrice = readUnitPrice(value);
    return "refused" in unitPrice ? unitPrice : { ok: { symbol, quote, from: { kind: "fixed", unitPrice: unitPrice.ok } } };
  }
  const feed = readToken(value.slice("feed:".length));
  if ("refused" in feed) return feed;
  return { ok: { symbol, quote, from: { kind: "feed", ...feed.ok, maxAgeSeconds: usualMaxAgeSeconds } } };
}

/** Why a pair cannot be used. */
export function checkNames(symbol: string, quote: string): string | undefined {
  if (symbol.length > 64) return "has a symbol of more than 64 characters";
  return quote.length > 16 ? "has a quote of more than 16 characters" : undefined;
}

/** A decimal from zero up. */
export function readUnitPrice(text: string): Read<string> {
  const price = codecs.decimal.decode(text) as string | undefined;
  return price === undefined || price.startsWith("-")
    ? { refused: "has a price that is no decimal number such as 2500.10" }
    : { ok: price };
}
