/** The pages, executed with a process for each command line, as their readers do. */
import { describe } from "node:test";
import { pages, testPages } from "./pages-executed.ts";

describe("docs: pages are executed, each command line in a process", { concurrency: 2 }, () => testPages(pages.map(({ path }) => path)));
