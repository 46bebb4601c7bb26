/** Names of processes in leases, and whether one lives no more. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { isOwnerGone, nameOwner } from "./machine.ts";

describe("isOwnerGone", () => {
  it("is true only of a process of this machine that is no more", async () => {
    const own = nameOwner();
    assert.equal(isOwnerGone(own), false);
    const child = spawn(process.execPath, ["-e", "0"]);
    const named = own.replace(`:${process.pid}:`, `:${child.pid ?? 0}:`);
    await once(child, "exit");
    assert.equal(isOwnerGone(named), true);
    for (const other of [
      `elsewhere${named}`,
      "worker-1",
      "",
      own.replace(`:${process.pid}:`, ":0:"),
      own.replace(`:${process.pid}:`, ":x:"),
    ])
      assert.equal(isOwnerGone(other), false, other);
  });
});
