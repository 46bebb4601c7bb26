/** JSON Schema 2020-12 of a descriptor, for programs that read what MFM puts out. @see https://json-schema.org/draft/2020-12 */
import type { CodecName } from "../kernel/codecs.ts";
import type { Descriptor, ObjectDescriptor } from "../kernel/descriptor.ts";
import type { Json, JsonObject } from "../kernel/json.ts";

export interface SchemaHead {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** A whole schema document. Each codec is a definition of its own. */
export function renderJsonSchema(descriptor: Descriptor, { id, title, description }: SchemaHead): JsonObject {
  const used = new Set<CodecName>();
  const body = schemaOf(descriptor, used);
  const definitions = Object.fromEntries([...used].toSorted().map((name) => [name, codecSchemas[name]]));
  return { $schema: "https://json-schema.org/draft/2020-12/schema", $id: id, title, description, ...body, $defs: definitions };
}

/** How each codec of DESIGN 4 stands in JSON, as far as a pattern can say it: checksums and bounds of 256 bits are not in it. */
const codecSchemas: { readonly [name in CodecName]: JsonObject } = {
  address: textOf("An address with its EIP-55 checksum.", "^0x[0-9a-fA-F]{40}$"),
  bigint: textOf("An integer.", "^(0|-?[1-9][0-9]{0,399})$"),
  bytes: textOf("Bytes in lower-case hexadecimal.", "^0x([0-9a-f]{2})*$"),
  decimal: textOf("A decimal number without exponent and without zeros at its end.", "^-?(0|[1-9][0-9]*)(\\.[0-9]*[1-9])?$"),
  digest: textOf("A content address.", "^sha256:[0-9a-f]{64}$"),
  hash: textOf("A hash of 32 bytes.", "^0x[0-9a-f]{64}$"),
  instant: textOf("A time in UTC with milliseconds.", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"),
  network: textOf("A chain by its CAIP-2 id.", "^eip155:[1-9][0-9]{0,15}$"),
  uint256: textOf("An integer from 0 to 2^256 - 1.", "^(0|[1-9][0-9]{0,77})$"),
};

function textOf(description: string, pattern: string): JsonObject {
  return { type: "string", description, pattern };
}

function schemaOf(descriptor: Descriptor, used: Set<CodecName>): JsonObject {
  switch (descriptor.kind) {
    case "array":
      return { type: "array", items: schemaOf(descriptor.items, used), ...bounds("Items", descriptor) };
    case "boolean":
      return { type: "boolean" };
    case "codec":
      used.add(descriptor.name);
      return { $ref: `#/$defs/${descriptor.name}` };
    case "enum":
      return { type: "string", enum: descriptor.values };
    case "integer":
      return { type: "integer", minimum: descriptor.min, maximum: descriptor.max };
    case "json":
      return {};
    case "literal":
      return { const: descriptor.value };
    case "object":
      return objectSchema(descriptor, used);
    case "record":
      return { type: "object", additionalProperties: schemaOf(descriptor.values, used) };
    case "string":
      return { type: "string", ...bounds("Length", descriptor) };
    case "variant":
      return { oneOf: Object.values(descriptor.cases).map((inner) => objectSchema(inner, used)) };
  }
}

function objectSchema({ fields, optional }: ObjectDescriptor, used: Set<CodecName>): JsonObject {
  const names = Object.keys(fields);
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]): [string, Json] => [name, schemaOf(field, used)])),
    required: names.filter((name) => !optional.includes(name)),
    additionalProperties: false,
  };
}

/** What bounds nothing is left out. */
function bounds(of: "Items" | "Length", { min, max }: { readonly min: number; readonly max: number }): JsonObject {
  return { ...(min > 0 ? { [`min${of}`]: min } : {}), ...(max < Number.MAX_SAFE_INTEGER ? { [`max${of}`]: max } : {}) };
}
