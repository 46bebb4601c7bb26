/** Certificates for a test: an authority of its own, and what it signs. Written as DER, as RFC 5280 has it, so that no program is needed. */
import { type KeyObject, generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface Certificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS 8. */
  readonly key: string;
}

export class Authority {
  readonly #name: Buffer;
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  /** PEM. */
  readonly certificate: string;

  constructor(name: string) {
    this.#name = commonName(name);
    const isAuthority = extension("2.5.29.19", der(0x30, Buffer.from([0x01, 0x01, 0xff])));
    this.certificate = this.#sign(this.#name, this.#keys.publicKey, [isAuthority]);
  }

  /** For a server by these DNS names, or a client by its common name. */
  issue(name: string, dnsNames: readonly string[] = []): Certificate {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const names = extension("2.5.29.17", der(0x30, ...dnsNames.map((dns) => der(0x82, Buffer.from(dns)))));
    const certificate = this.#sign(commonName(name), publicKey, dnsNames.length === 0 ? [] : [names]);
    return { certificate, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }

  #sign(subject: Buffer, key: KeyObject, extensions: readonly Buffer[]): string {
    const version3 = der(0xa0, der(0x02, Buffer.from([2])));
    const serial = der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
    const day = 86_400_000;
    const validity = der(0x30, time(Date.now() - day), time(Date.now() + day));
    const content = [version3, serial, ecdsaWithSha256, this.#name, validity, subject, key.export({ type: "spki", format: "der" })];
    const body = der(0x30, ...content, ...(extensions.length === 0 ? [] : [der(0xa3, der(0x30, ...extensions))]));
    const signature = der(0x03, Buffer.from([0]), sign("sha256", body, this.#keys.privateKey));
    const text = der(0x30, body, ecdsaWithSha256, signature).toString("base64");
    return `-----BEGIN CERTIFICATE-----\n${text.replaceAll(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
  }
}

/** Tag, length, content. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = rest.flatMap((part) => {
    const digits = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

const ecdsaWithSha256 = der(0x30, objectId("1.2.840.10045.4.3.2"));

function commonName(name: string): Buffer {
  return der(0x30, der(0x31, der(0x30, objectId("2.5.4.3"), der(0x0c, Buffer.from(name)))));
}

function extension(id: string, content: Buffer): Buffer {
  return der(0x30, objectId(id), der(0x04, content));
}

/** UTCTime: two digits of the year, to the second. */
function time(milliseconds: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(milliseconds).toISOString().slice(2, 19).replaceAll(/[-T:]/g, "")}Z`));
}
