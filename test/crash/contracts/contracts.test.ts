/**
 * The crash sweep of a contract lifecycle: SIGKILL at every fault point of the ledger, and another process goes on. What is deployed is deployed
 * once, configured once, and holds; what a lifecycle that fails takes back is taken back once, the last first. Here every fourth point (the money
 * test has all), in turns at the steps, with every answer of a node, on both stores; the whole product is in the long form.
 */
import { after, before, describe, it } from "node:test";
import { answers } from "../money/case.ts";
import { points } from "../money/points.ts";
import { Stage } from "./stage.ts";
import { playDeploying, playUndoing } from "./sweep.ts";

describe("a contract lifecycle that is killed", { timeout: 600_000 }, () => {
  const stage = new Stage();
  before(() => stage.open());
  after(() => stage.close());

  for (const [index, point] of points.filter((_, place) => place % 4 === 0).entries()) {
    const one = { point, answer: answers[index % answers.length] ?? "accept" };
    const backend = index % 4 === 1 ? "PostgreSQL" : "SQLite";
    const second = Math.floor(index / 2) % 2;
    if (index % 2 === 0)
      it(`at ${point}: deployed once, configured once and validated, on ${backend} (cases 1 to 7)`, async () =>
        playDeploying({ ...one, transfer: 1 + second }, await stage.site(backend)));
    else
      it(`at ${point} of an undo: undone once, the last first, on ${backend} (case 63)`, async () =>
        playUndoing({ ...one, transfer: 3 + second }, await stage.site(backend)));
  }
});
