/** The public result of a snapshot, as data and as code sees it. */
import type { ObjectDescriptor } from "../../kernel/descriptor.ts";
import { invariant } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import { ValueCodec } from "../../kernel/value.ts";
import { snapshot } from "../../ops/portfolio/snapshot.ts";
import type { Snapshot } from "../../states/portfolio/snapshot.ts";

export function snapshotDescriptor(): ObjectDescriptor {
  const { outputDescriptor } = snapshot;
  invariant(outputDescriptor !== undefined, "a snapshot declares its output");
  return outputDescriptor;
}

/** A snapshot as code sees it: quantities are bigints. @throws VALUE_INVALID */
export function readSnapshot(data: Json): Snapshot {
  return new ValueCodec(snapshotDescriptor()).decode(data, "snapshot") as Snapshot;
}
