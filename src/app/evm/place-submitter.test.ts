import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Place } from "../place.ts";
import { evmTransactions } from "./place-submitter.ts";

/** The code with which it refuses to send on Ethereum; whatever else it says comes from asking a provider. */
async function refusalAt(toml: string, env: Place["env"] = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "mfm-writes-"));
  try {
    writeFileSync(join(folder, "mfm.toml"), toml);
    const place: Place = { folder, env, configFile: undefined, storeUrl: undefined, rpc: undefined };
    const given = { intent: { network: "eip155:1", from: nobody }, known: { lane: "", next: null, open: [], waiting: [] } };
    // Ended before: nobody is asked anything.
    const context = { signal: AbortSignal.abort(), attribute: () => undefined };
    const refusal: unknown = await Promise.resolve(evmTransactions(place).call("survey", given, context)).catch((error: unknown) => error);
    assert.ok(refusal instanceof Error);
    return "code" in refusal && typeof refusal.code === "string" ? refusal.code : refusal.name;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const nobody = `0x${"00".repeat(20)}`;
const table = '[network.ethereum]\nid = "eip155:1"\n';
const provider = 'providers = [{ ref = "own", url = "http://127.0.0.1:9" }]\n';

describe("where transactions are sent to (case 49)", () => {
  const cases: readonly (readonly [name: string, toml: string, env: Place["env"], code: string])[] = [
    ["nowhere, without a provider of one's own", "", {}, "WRITES_NOT_CONFIGURED"],
    ["nowhere, without one and with writes = true", `${table}writes = true`, {}, "WRITES_NOT_CONFIGURED"],
    ["nowhere, where the file does not say writes = true", table + provider, {}, "WRITES_NOT_ALLOWED"],
    ["nowhere, where no file says so", "", { MFM_RPC_EIP155_1: "http://127.0.0.1:9" }, "WRITES_NOT_ALLOWED"],
    ["to the providers of the file that says so", `${table + provider}writes = true`, {}, "AbortError"],
  ];
  for (const [name, toml, env, code] of cases) it(name, async () => assert.equal(await refusalAt(toml, env), code));
});
