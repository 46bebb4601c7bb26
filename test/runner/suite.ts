/** The process that runs the tests: imports the test files one after the other; `node:test` runs and counts what they register. */
import { join } from "node:path";
import { beforeEach, test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { tell } from "./message.ts";

// A rejection after its test ended is only a warning to node:test.
process.on("unhandledRejection", (reason) => tell({ kind: "problem", text: `unhandled rejection: ${inspect(reason)}` }));
process.on("uncaughtException", (error) => tell({ kind: "problem", text: `uncaught exception: ${inspect(error)}` }));
// The watcher was killed: nobody else is left to end this process and those that its tests started.
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));
process.channel?.unref();

beforeEach((context) => tell({ kind: "progress", at: (context as TestContext).name }));

const [root = ".", ...sources] = process.argv.slice(2);
for (const source of sources) {
  tell({ kind: "progress", at: `import of ${source}` });
  try {
    await import(pathToFileURL(join(root, "dist", source.replace(/\.ts$/, ".js"))).href);
  } catch (error) {
    // As a failing test it is counted and shown like any other.
    void test(`${source} can be imported`, () => {
      throw error;
    });
  }
}
tell({ kind: "loaded" });
