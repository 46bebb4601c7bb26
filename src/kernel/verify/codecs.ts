/** The codecs of a verification: thousands of steps share a few descriptors. */
import { type Digest, digestOf } from "../canonical.ts";
import type { Descriptor } from "../descriptor.ts";
import type { Json } from "../json.ts";
import { ValueCodec } from "../value.ts";

export class Codecs {
  readonly #codecs = new Map<Descriptor, ValueCodec>();

  of(descriptor: Descriptor): ValueCodec {
    let codec = this.#codecs.get(descriptor);
    if (codec === undefined) this.#codecs.set(descriptor, (codec = new ValueCodec(descriptor)));
    return codec;
  }

  /** The digest of data as a value of the descriptor; undefined: it is none. */
  digestAs(descriptor: Descriptor, data: Json): Digest | undefined {
    try {
      return digestOf(this.of(descriptor).encode(this.of(descriptor).decode(data)));
    } catch {
      return undefined;
    }
  }
}
