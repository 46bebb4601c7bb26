/**
 * Writes the histories that are not there yet: `node dist/test/histories/record.js`, from the root of the repository. What is there is never
 * overwritten: it is what a released version wrote.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { recordHistories } from "./recording.ts";

const folder = fileURLToPath(new URL("../../../test/histories/v1/", import.meta.url));

mkdirSync(folder, { recursive: true });
for (const { name, bundle, run } of await recordHistories()) {
  const path = `${folder}${name}.ndjson`;
  if (existsSync(path)) {
    console.log(`kept     ${name}`);
    continue;
  }
  writeFileSync(path, bundle, { flag: "wx" });
  writeFileSync(`${folder}${name}.head`, `${run.head.digest}\n`, { flag: "wx" });
  console.log(`recorded ${name}: ${run.status}, ${run.head.seq + 1} events`);
}
