/**
 * The pages, executed: each `ts` and `toml` block is written to its file, each `console` block is run in a shell, in the order of the page, and must
 * print what the page shows.
 */
import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";
import { type Block, type Shown, blocksOf, commandsOf, fileNameOf, readPage } from "./pages.ts";
import { Shell } from "./shell.ts";
import { Stands, isShown } from "./shown.ts";

/** The folder that the pages show, in place of the one that a test works in. */
const shownFolder = "/srv/treasury";
/** `sh` blocks are for a person: that their commands exist is a rule of `test/tidy`. */
const kinds = ["console", "sh", "toml", "ts"];

export const pages = ["README.md", "docs/authoring.md", "docs/operating.md", "docs/portfolio.md", "docs/signing.md"].map((path) => ({
  path,
  blocks: blocksOf(readPage(path)),
}));

/** A test for each page; only those of the pages named `cold` start a process for each command line. */
export function testPages(cold: readonly string[]): void {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), "mfm-docs-")));
  after(() => rmSync(scratch, { recursive: true, force: true }));
  for (const { path, blocks } of pages)
    it(path, async () => {
      const kind = cold.includes(path) ? "cold" : "warm";
      const session = new Session(path, new Shell(join(scratch, path.replaceAll(/\W/g, "-")), { cache: join(scratch, "cache"), kind }));
      try {
        for (const block of blocks) await session.execute(block);
      } finally {
        session.close();
      }
    });
}

/** A reader who follows a page from its top. */
class Session {
  readonly #page: string;
  readonly #shell: Shell;
  readonly #stands = new Stands();
  readonly #files = new Set<string>();

  constructor(page: string, shell: Shell) {
    this.#page = page;
    this.#shell = shell;
  }

  async execute(block: Block): Promise<void> {
    const { kind, line } = block;
    assert.ok(kinds.includes(kind), `${this.#page}:${line}: a block of kind ${JSON.stringify(kind)}: ${kinds.join(", ")}`);
    if (kind === "ts" || kind === "toml") this.#write(block);
    if (kind !== "console") return;
    const commands = commandsOf(block);
    for (const [index, shown] of commands.entries()) await this.#run(shown, commands[index + 1]);
  }

  #write(block: Block): void {
    const name = fileNameOf(block);
    const place = `${this.#page}:${block.line}`;
    assert.ok(name !== undefined, `${place}: the first line must name the block's file in a comment`);
    assert.ok(!this.#files.has(name), `${place}: ${name} stands on this page before`);
    this.#files.add(name);
    writeFileSync(join(this.#shell.folder, name), `${block.lines.join("\n")}\n`);
  }

  async #run({ command, line, output }: Shown, next: Shown | undefined): Promise<void> {
    const { code, lines } = await this.#shell.run(this.#stands.translate(command));
    const actual = lines.map((text) => text.replaceAll(this.#shell.folder, shownFolder).trimEnd());
    const place = `${this.#page}:${line}: ${command}`;
    const printed = actual.join("\n");
    assert.ok(isShown(output, actual, this.#stands), `${place}\nshows:\n${output.join("\n")}\nprints:\n${printed}`);
    const isSaid = code === 0 || next?.command === "echo $?" || output.at(-1) === "Killed";
    assert.ok(isSaid, `${place}\nends with ${code}, and the page does not say so:\n${printed}`);
  }

  close(): void {
    this.#shell.close();
  }
}
