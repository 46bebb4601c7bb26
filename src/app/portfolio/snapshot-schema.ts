/** `docs/schemas/portfolio-snapshot.schema.json`: the published schema of a snapshot's result. */
import { snapshot } from "../../ops/portfolio/snapshot.ts";
import { renderJsonSchema } from "../json-schema.ts";
import { snapshotDescriptor } from "./snapshot-output.ts";

/** The whole file. */
export function renderSnapshotSchema(): string {
  const schema = renderJsonSchema(snapshotDescriptor(), {
    id: "urn:mfm:schema:portfolio-snapshot:1",
    title: "MFM portfolio snapshot",
    description: `The output of ${snapshot.id}: member data.output of \`mfm --output-format json portfolio snapshot\`, and what \`mfm run output\` prints.`,
  });
  return `${JSON.stringify(schema, null, 2)}\n`;
}
