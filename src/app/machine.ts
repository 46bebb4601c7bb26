/** This machine's clock, randomness and name, for the ports of the kernel. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Clock, Random } from "../kernel/ports.ts";

/** A timer over 2^31 - 1 ms would fire at once. */
const longestTimer = 2_147_483_647;

export const machineTime: Clock = {
  now: () => Date.now(),
  timer(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, longestTimer));
    return () => clearTimeout(timer);
  },
};

export const machineRandom: Random = () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48;

/** Names this process in leases: host, process id and a random part. */
export function nameOwner(): string {
  return `${hostname().slice(0, 60)}:${process.pid}:${randomBytes(4).toString("hex")}`;
}

/** Whether a process that named itself like this was on this machine and is no more. */
export function isOwnerGone(owner: string): boolean {
  const [host, pid] = [owner.slice(0, owner.indexOf(":")), Number(owner.split(":").at(-2))];
  if (host !== hostname().slice(0, 60) || !Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

/** A fresh invocation key for a start that names none. */
export function freshKey(): string {
  return randomBytes(16).toString("hex");
}
