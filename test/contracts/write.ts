/** Writes the compiled contracts: `npm run contracts`. */
import { writeFileSync } from "node:fs";
import { root } from "../docs/pages.ts";
import { buildContracts } from "./build.ts";

for (const { path, text } of buildContracts()) writeFileSync(`${root}${path}`, text);
