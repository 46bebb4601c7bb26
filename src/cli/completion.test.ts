import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Place } from "../app/place.ts";
import { complete, renderOffer } from "./completion.ts";

const place: Place = { folder: "/", env: { HOME: "/nowhere", XDG_DATA_HOME: "/nowhere" }, configFile: undefined, storeUrl: undefined };
const offered = async (line: string): Promise<string[]> => (await complete(line.split(" "), place)).candidates.map(({ value }) => value);

describe("completion", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    [
      "",
      [
        "portfolio",
        "evm",
        "tx",
        "lane",
        "ops",
        "run",
        "dev",
        "keystore",
        "store",
        "signer",
        "plan",
        "verify",
        "worker",
        "demo",
        "doctor",
        "completion",
      ],
    ],
    ["ru", ["run"]],
    ["run re", ["resume", "resolve", "replay"]],
    ["--output-format j", ["json"]],
    ["--output-format json run st", ["start", "status"]],
    ["run start mfm.proof/", ["mfm.proof/hello@1"]],
    ["run start op --de", ["--detach"]],
    ["run list -s succ", ["succeeded"]],
    [
      "run list --entry-point mfm",
      ["mfm.evm/call@1", "mfm.evm/contract-lifecycle@1", "mfm.evm/transfer@1", "mfm.portfolio/snapshot@1", "mfm.proof/hello@1"],
    ],
    ["run status ", []],
    ["run start op --key ", []],
    ["run start op more ", []],
    ["nothing of this kind ", []],
  ];
  for (const [line, values] of cases) it(`offers for: ${JSON.stringify(line)}`, async () => assert.deepEqual(await offered(line), values));

  it("offers the networks and portfolios of the configuration", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mfm-completion-"));
    try {
      writeFileSync(
        join(folder, "mfm.toml"),
        '[network.side]\nid = "eip155:7"\n[portfolio."acme/primary"]\naccounts = [{ address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed" }]\n',
      );
      const offers = async (line: string): Promise<string[]> =>
        (await complete(line.split(" "), { ...place, folder })).candidates.map(({ value }) => value);
      assert.deepEqual(await offers("portfolio snapshot ac"), ["acme/primary"]);
      assert.deepEqual(await offers("portfolio snapshot x --network "), ["side"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("leaves file names to the shell", async () => {
    for (const line of ["verify ", "run start op --config ", "verify x --ops ", "store backup ", "evm deploy ", "evm lifecycle "]) {
      assert.equal(renderOffer(await complete(line.split(" "), place)), ":0\n", line);
    }
    assert.equal(
      renderOffer(await complete(["run", "rep"], place)),
      "replay\tverify a run of the store: recompute every step from what was recorded\n:4\n",
    );
  });
});
