/** SIGKILL at every point between a request and its signature: afterwards one transaction is signed for the nonce, the same one, or none was. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Ending, endOf } from "../crash/harness.ts";
import { answerOf } from "./payments.ts";
import { SignerLab, senderOf } from "./signer-lab.ts";
import type { SigningOrder } from "./signing-process.ts";

const program = fileURLToPath(new URL("./signing-process.js", import.meta.url));

async function inLab(work: (start: (order: Partial<SigningOrder>) => ChildProcess, lab: SignerLab) => Promise<void>): Promise<void> {
  const lab = new SignerLab();
  try {
    await lab.fill(1);
    const { path, stateFolder, guardPath } = lab;
    await work((order) => {
      const whole: SigningOrder = { path, stateFolder, guardPath, name: "payment", nonces: [0], killAt: -1, ...order };
      return spawn(process.execPath, [program, JSON.stringify(whole)], { stdio: ["ignore", "pipe", "inherit"] });
    }, lab);
  } finally {
    lab.remove();
  }
}

/** Answers by nonce. */
function answersOf({ stdout }: Ending): ReadonlyMap<string, string> {
  return new Map([...stdout.matchAll(/^(\d+) (\S+)/gm)].map(([, nonce = "", answer = ""]) => [nonce, answer]));
}

describe("signing, killed at every point", () => {
  it("signs the same transaction when it is asked again, and never another for the nonce", async () => {
    let points = 0;
    let hash: string | undefined;
    await inLab(async (start) => {
      const { stdout } = await endOf(start({}));
      points = Number(/points (\d+)/.exec(stdout)?.[1]);
      hash = /^0 (0x\S+)/.exec(stdout)?.[1];
    });
    assert.ok(points >= 6, `the guard's and the trail's points were passed: ${points}`);
    const kills = Array.from({ length: points }, (_, killAt) => killAt);
    await Promise.all(
      [0, 1].map(async (lane) => {
        for (const killAt of kills.filter((kill) => kill % 2 === lane)) {
          await inLab(async (start, lab) => {
            const killed = await endOf(start({ killAt }));
            assert.equal(killed.signal, "SIGKILL", `point ${killAt}`);
            const held = readFileSync(lab.guardPath, { encoding: "utf8", flag: "a+" }).includes('"hash":');
            const given = answersOf(killed).get("0");
            assert.ok(given === undefined || held, "what was given out is held");
            // Another decision first: it gets the nonce only where nothing was held.
            const { signer, close } = await lab.signer();
            const sender = await senderOf(signer);
            const other = await answerOf(signer, sender, { name: "another one", nonce: 0 });
            assert.equal(other === "NONCE_TAKEN", held, `point ${killAt}: ${other}`);
            assert.equal(await answerOf(signer, sender, { name: "payment", nonce: 0 }), held ? hash : "NONCE_TAKEN", `point ${killAt}`);
            await close();
          });
        }
      }),
    );
  });

  it("gives each nonce to one of several processes that sign at once, one of which is killed", async () => {
    await inLab(async (start) => {
      const nonces = Array.from({ length: 12 }, (_, nonce) => nonce);
      const ended = await Promise.all(
        ["a", "bb", "ccc", "dddd"].map((name, index) => endOf(start({ name, nonces, killAt: index === 0 ? 40 : -1 }))),
      );
      const winners = nonces.map((nonce) =>
        ended.flatMap((end) => answersOf(end).get(String(nonce)) ?? []).filter((answer) => answer.startsWith("0x")),
      );
      // The one that was killed may have held nonces that it gave nothing out for.
      assert.ok(
        winners.every((won) => won.length <= 1),
        JSON.stringify(winners),
      );
      const left = answersOf(await endOf(start({ name: "a", nonces })));
      for (const [nonce, won] of winners.entries()) {
        const answer = left.get(String(nonce));
        assert.ok(
          won.length === 1 ? answer === won[0] || answer === "NONCE_TAKEN" : answer?.startsWith("0x") === true,
          `${nonce}: ${answer}`,
        );
      }
    });
  });

  it("signs nothing where there is no room for the guard's line, and goes on when there is", async () => {
    await inLab(async (start, lab) => {
      const nonces = [0, 1, 2, 3, 4, 5];
      const { path, stateFolder, guardPath } = lab;
      const order: SigningOrder = { path, stateFolder, guardPath, name: "payment", nonces, killAt: -1 };
      // No file over 4 KiB, and the guard's, with empty lines, is the first to be so: a write of it is cut short.
      writeFileSync(guardPath, "\n".repeat(2500), { mode: 0o600 });
      const limited = ["-c", `trap '' XFSZ; ulimit -f 8; exec "$0" "$@"`, process.execPath, program, JSON.stringify(order)];
      const full = answersOf(await endOf(spawn("/bin/sh", limited, { stdio: ["ignore", "pipe", "inherit"] })));
      const signed = nonces.filter((nonce) => full.get(String(nonce))?.startsWith("0x") === true);
      const first = nonces.find((nonce) => full.get(String(nonce)) === "GUARD_UNAVAILABLE");
      assert.deepEqual(signed, nonces.slice(0, first), JSON.stringify([...full]));
      const later = answersOf(await endOf(start({ nonces })));
      for (const nonce of nonces) {
        const answer = later.get(String(nonce));
        assert.ok(signed.includes(nonce) ? answer === full.get(String(nonce)) : answer?.startsWith("0x") === true, `${nonce}: ${answer}`);
      }
    });
  });
});
