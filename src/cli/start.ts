/** The process `mfm`: answers --version at once, and loads the rest only for other command lines. */
import { readVersion } from "./version.ts";

const argv = process.argv.slice(2);
const asksVersion = argv.length === 1 && (argv[0] === "--version" || argv[0] === "-v");

if (asksVersion && process.env["MFM_OUTPUT_FORMAT"] !== "json") process.stdout.write(`mfm ${readVersion()}\n`);
else {
  const { main } = await import("./main.ts");
  // Not left to the event loop: a module with ops may have started something that never ends.
  process.exit(await main(argv));
}
