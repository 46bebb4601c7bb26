/** The crash sweep of contract lifecycles, whole: every point of every step, every answer, both stores. */
import { after, before, describe, it } from "node:test";
import { answers } from "../money/case.ts";
import { points } from "../money/points.ts";
import { backends } from "../places.ts";
import { deploying, undoing } from "./register.ts";
import { Stage } from "./stage.ts";
import { playDeploying, playUndoing } from "./sweep.ts";

describe("a contract lifecycle that is killed, whole", { timeout: 4 * 3_600_000 }, () => {
  const stage = new Stage();
  before(() => stage.open());
  after(() => stage.close());

  for (const backend of backends)
    for (const answer of answers)
      for (const point of points) {
        for (const [index, step] of deploying.steps.entries())
          it(`on ${backend}, a node that has a mind to ${answer}, at ${point} of ${step}`, async () =>
            playDeploying({ point, answer, transfer: index + 1 }, await stage.site(backend)));
        for (const [index, step] of undoing.steps.entries())
          it(`on ${backend}, a node that has a mind to ${answer}, at ${point} of ${step}`, async () =>
            playUndoing({ point, answer, transfer: index + 1 }, await stage.site(backend)));
      }
});
