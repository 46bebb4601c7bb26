/** The floor: what SQLite itself takes for one durable row of about 300 bytes, chained by SHA-256, and nothing else. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Connection, type Statement, photostructure } from "../src/storages/sqlite/driver.ts";
import { mean, median } from "./measure.ts";
import { inScratch } from "./scratch.ts";

const bodyBytes = 260;

export interface CommitTimes {
  /** Milliseconds per commit. */
  readonly mean: number;
  readonly median: number;
}

/** Commits per second on a file of its own. */
export function bareCommitsPerSecond(): Promise<number> {
  return inScratch((folder) => {
    const commits = new BareCommits(folder);
    const perSecond = commits.perSecond();
    commits.close();
    return Promise.resolve(perSecond);
  });
}

/** A database of the store's library and settings, in a file of its own. */
export class BareCommits {
  readonly #database: Connection;
  readonly #insert: Statement;
  #hash: Uint8Array = Buffer.alloc(32);
  #seq = 0;

  constructor(folder: string) {
    this.#database = photostructure.open(join(folder, "floor.db"), "readWrite");
    this.#database.exec("pragma journal_mode = wal; pragma synchronous = full");
    this.#database.exec("create table floor (seq integer primary key, hash blob not null, body text not null) strict");
    this.#insert = this.#database.prepare("insert into floor (seq, hash, body) values (?, ?, ?)");
  }

  commit(): void {
    const body = JSON.stringify({ seq: this.#seq }).padEnd(bodyBytes);
    this.#hash = createHash("sha256").update(this.#hash).update(body).digest();
    this.#insert.run(this.#seq++, this.#hash, body);
  }

  measure(count: number): CommitTimes {
    const times: number[] = [];
    for (let index = 0; index < count; index++) {
      const start = performance.now();
      this.commit();
      times.push(performance.now() - start);
    }
    return { mean: mean(times), median: median(times) };
  }

  /** Commits per second, one after another. */
  perSecond(): number {
    this.measure(100);
    return 1000 / this.measure(500).median;
  }

  close(): void {
    this.#database.close();
  }
}
