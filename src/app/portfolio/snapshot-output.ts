/** The public result of a snapshot, as the op puts it out: the report, and holdings in pages. */
import * as z from "zod";
import type { ObjectDescriptor } from "../../kernel/descriptor.ts";
import { invariant } from "../../kernel/errors.ts";
import { type Json, limits } from "../../kernel/json.ts";
import { lowerSchema } from "../../kernel/lower.ts";
import { ValueCodec } from "../../kernel/value.ts";
import { holdings, report } from "../../states/portfolio/snapshot.ts";

/** What the op plans to put out: the types of its handles. */
const output = z.strictObject({ report, pages: z.array(holdings).max(limits.stepsPerSpec) });
export type Snapshot = z.output<typeof output>;

export function snapshotDescriptor(): ObjectDescriptor {
  const descriptor = lowerSchema(output);
  invariant(descriptor.kind === "object", "a snapshot is an object");
  return descriptor;
}

/** A snapshot as code sees it: quantities are bigints. @throws VALUE_INVALID */
export function readSnapshot(data: Json): Snapshot {
  return new ValueCodec(snapshotDescriptor()).decode(data, "snapshot") as Snapshot;
}
