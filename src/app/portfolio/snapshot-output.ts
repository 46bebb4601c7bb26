/** The public result of a snapshot, as the op puts it out: the report, and holdings in pages. */
import * as z from "zod";
import type { ObjectDescriptor } from "../../kernel/descriptor.ts";
import { invariant } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import { lowerSchema } from "../../kernel/lower.ts";
import { ValueCodec } from "../../kernel/value.ts";
import { holdings, report } from "../../states/portfolio/snapshot.ts";

export const snapshotOp = "mfm.portfolio/snapshot@1";

const snapshot = z.strictObject({ report, holdings: z.array(holdings).max(10_000) });
export type Snapshot = z.output<typeof snapshot>;

export function snapshotDescriptor(): ObjectDescriptor {
  const descriptor = lowerSchema(snapshot);
  invariant(descriptor.kind === "object", "a snapshot is an object");
  return descriptor;
}

/** A snapshot as code sees it: quantities are bigints. @throws VALUE_INVALID */
export function readSnapshot(output: Json): Snapshot {
  return new ValueCodec(snapshotDescriptor()).decode(output, "snapshot") as Snapshot;
}
