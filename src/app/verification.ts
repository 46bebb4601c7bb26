/** Verifying a history: a run of the store, or a bundle file, which needs no store, no network and no configuration. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Digest, isDigest } from "../kernel/canonical.ts";
import type { Json } from "../kernel/json.ts";
import type { RunId } from "../kernel/names.ts";
import type { Registry } from "../kernel/registry.ts";
import type { Store } from "../kernel/store.ts";
import { verifyBundle } from "../kernel/verify/bundle.ts";
import { type History, readHistory } from "../kernel/verify/history.ts";
import { type VerifyReport, verifyHistory } from "../kernel/verify/verify.ts";
import { closing } from "./closing.ts";
import { readConfiguration } from "./configuration.ts";
import { reasonOf, failure, usage } from "./failure.ts";
import type { Place } from "./place.ts";
import { recoverSigner } from "./recover-signer.ts";
import { assembleRegistry } from "./registry.ts";
import { resolveRunId } from "./run-ids.ts";
import { getStore } from "./stores.ts";

/** What a verification found. */
export interface Report extends VerifyReport {
  /** Child runs of every level that were verified too, each up to the head under which its parent took it in; null: only this history was read. */
  readonly descendants: number | null;
}

export interface VerifyRequest {
  /** A path, or `-` for standard input. */
  readonly file: string;
  readonly head: string | undefined;
  /** Modules with code for states that are not in the box. */
  readonly modules: readonly string[];
  readonly readStdin: () => Promise<Buffer>;
}

/**
 * Only the box and the modules named here are executed: a bundle never makes code load.
 * @throws FILE_UNREADABLE; BUNDLE_INVALID, HISTORY_INVALID with line, field and byte; HEAD_MISMATCH
 */
export async function verifyFile(place: Place, request: VerifyRequest): Promise<Report> {
  const head = readHead(request.head);
  const content = request.file === "-" ? await request.readStdin() : readContent(resolve(place.folder, request.file), request.file);
  const { registry } = await assembleRegistry(
    request.modules.map((path) => resolve(place.folder, path)),
    place,
  );
  return { ...(await verifyBundle(content, registry, { recoverSigner, ...(head === undefined ? {} : { head }) })), descendants: null };
}

/** Verifies a run of the store, and the child runs it was made from, with this process's registry. @throws RUN_UNKNOWN, HISTORY_INVALID, HEAD_MISMATCH */
export async function replayRun(place: Place, given: string): Promise<Report> {
  const configuration = await readConfiguration(place);
  const { registry } = await assembleRegistry(configuration.modules, place);
  const store = await getStore(configuration.store);
  return closing(store, async () => verifyTree(store, await resolveRunId(store, given), registry, undefined));
}

async function verifyTree(store: Store, runId: RunId, registry: Registry, head: Digest | undefined): Promise<Report> {
  const report = await verify(await readHistory(store, runId), registry, head);
  const unknown = new Set(report.unknown);
  let descendants = 0;
  for (const child of report.children) {
    // Started by its parent, but never admitted: the parent ended first.
    if (child.head === null && (await store.readRun(child.runId)) === undefined) continue;
    const inner = await verifyTree(store, child.runId, registry, child.head?.digest);
    descendants += 1 + (inner.descendants ?? 0);
    for (const id of inner.unknown) unknown.add(id);
  }
  return { ...report, result: unknown.size === 0 ? "verified" : "consistent", unknown: [...unknown].toSorted(), descendants };
}

async function verify(history: History, registry: Registry, head: Digest | undefined): Promise<Report> {
  return { ...(await verifyHistory(history, registry, { recoverSigner, ...(head === undefined ? {} : { head }) })), descendants: null };
}

/** The failure of a report that is consistent only, with the whole report in its details. */
export function incompleteness(report: Report): Error {
  const { unknown } = report;
  const words = `everything holds that can be checked without the code of ${unknown.join(", ")}`;
  return failure("VERIFY_INCOMPLETE", `the history ends in ${report.head.digest}; ${words}`, {
    ...(report as unknown as { readonly [name: string]: Json }),
  });
}

function readHead(given: string | undefined): Digest | undefined {
  if (given === undefined || isDigest(given)) return given;
  throw usage(`--head ${JSON.stringify(given)} is no digest: sha256: and 64 lower-case hexadecimal digits`, { option: "--head" });
}

function readContent(path: string, shown: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = reasonOf(error);
    throw failure("FILE_UNREADABLE", `${shown} cannot be read: ${reason}`, { file: shown, reason });
  }
}
