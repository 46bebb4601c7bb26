/** Writes `docs/errors.md`: `npm run docs`. */
import { writeFileSync } from "node:fs";
import { renderErrorCatalogue } from "../../src/app/error-catalogue.ts";
import { root } from "./pages.ts";

writeFileSync(`${root}docs/errors.md`, renderErrorCatalogue());
