/** Writes the pages that are made from the code, `docs/errors.md`, the published schemas and the picture: `npm run docs`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { renderErrorCatalogue } from "../../src/app/error-catalogue.ts";
import { renderSnapshotSchema } from "../../src/app/portfolio/snapshot-schema.ts";
import { root } from "./pages.ts";
import { picturePath, renderPicture } from "./picture.ts";

writeFileSync(`${root}docs/errors.md`, renderErrorCatalogue());
mkdirSync(`${root}docs/schemas`, { recursive: true });
writeFileSync(`${root}docs/schemas/portfolio-snapshot.schema.json`, renderSnapshotSchema());
writeFileSync(`${root}${picturePath}`, renderPicture());
