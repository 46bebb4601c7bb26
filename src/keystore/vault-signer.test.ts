/** What leaves the vault's signer when the disk does not keep the guard's line: nothing. */
import assert from "node:assert/strict";
import { closeSync, openSync, readdirSync, readlinkSync } from "node:fs";
import { it } from "node:test";
import { answerOf } from "../../test/keystore/payments.ts";
import { SignerLab, senderOf } from "../../test/keystore/signer-lab.ts";

/** The descriptor by which this process has a file open. */
function descriptorOf(path: string): number {
  const found = readdirSync("/proc/self/fd").find((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  });
  assert.ok(found !== undefined, `${path} is open`);
  return Number(found);
}

function putInPlaceOf(fd: number, path: string): void {
  closeSync(fd);
  const others: number[] = [];
  for (let opened = openSync(path, "r+"); opened !== fd; opened = openSync(path, "r+")) others.push(opened);
  for (const other of others) closeSync(other);
}

it("gives no signature out whose line in the guard cannot be brought to the disk, says so in the trail, and signs no more", async () => {
  const lab = new SignerLab();
  await lab.fill(1);
  let isBroken = false;
  const { signer, session, close } = await lab.signer({
    at(point) {
      if (point !== "claim.held" || !isBroken) return;
      // A disk that fails, as far as the guard can see: its descriptor is of another file, which cannot be synced.
      putInPlaceOf(descriptorOf(lab.guardPath), "/dev/null");
    },
  });
  const sender = await senderOf(signer);
  assert.match(await answerOf(signer, sender, { name: "kept", nonce: 0 }), /^0x/);
  isBroken = true;
  assert.equal(await answerOf(signer, sender, { name: "lost", nonce: 1 }), "GUARD_UNAVAILABLE");
  const kinds = session.readTrail(2).lines.map(({ record }) => [record["kind"], record["code"]]);
  assert.deepEqual(kinds, [
    ["signature", undefined],
    ["signature-refused", "GUARD_UNAVAILABLE"],
  ]);
  isBroken = false;
  assert.equal(await answerOf(signer, sender, { name: "later", nonce: 2 }), "GUARD_UNAVAILABLE");
  await close();
  lab.remove();
});
