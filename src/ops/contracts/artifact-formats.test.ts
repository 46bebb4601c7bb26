import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shortSignature } from "../../states/abi/abi-item.ts";
import { metadataTail } from "../../states/contracts/metadata-tail.ts";
import { asFoundry, asHardhat2, asHardhat3, openZeppelin, solcContract, trialOutput } from "../../../test/contracts/trial.ts";
import { readArtifact } from "./artifact-formats.ts";
import { linkArtifact } from "./link.ts";

const file = "out/Vault.json";
const vault = solcContract(trialOutput(), "src/Vault.sol", "Vault");
const read = (json: unknown, contract?: string) => readArtifact(json, { file, contract });

describe("an artifact", () => {
  it("reads the same from Hardhat 3, Foundry, solc's output and a build info", () => {
    const expected = read(trialOutput(), "Vault");
    assert.equal(expected.source, "src/Vault.sol");
    assert.equal(expected.runtime.immutables?.length, 3);
    assert.deepEqual(
      expected.creation.links.map(({ library }) => library),
      ["src/Counting.sol:Counting"],
    );
    assert.ok(metadataTail(expected.runtime.code) > 0);
    assert.deepEqual(read(asHardhat3("src/Vault.sol", "Vault", vault)), expected);
    assert.deepEqual(read(asFoundry(vault)), expected);
    assert.deepEqual(read({ id: "1", _format: "hh-sol-build-info-1", output: trialOutput() }, "src/Vault.sol:Vault"), expected);
    assert.deepEqual(read(asHardhat2("src/Vault.sol", "Vault", vault)), {
      ...expected,
      runtime: { ...expected.runtime, immutables: undefined },
    });
  });

  it("of OpenZeppelin's package reads whole", () => {
    for (const name of ["TimelockController", "TransparentUpgradeableProxy", "AccessManager", "UpgradeableBeacon"]) {
      const artifact = read(openZeppelin(name));
      assert.equal(artifact.name, name);
      assert.ok(artifact.abi.some((item) => item.kind === "constructor"));
      assert.ok(metadataTail(artifact.runtime.code) === 53 && artifact.creation.links.length === 0, name);
    }
    assert.equal(
      shortSignature(read(openZeppelin("TimelockController")).abi[0] ?? assert.fail()),
      "constructor(uint256,address[],address[],address)",
    );
  });

  const refused: readonly (readonly [what: string, json: unknown, contract: string | undefined, code: string, message: RegExp])[] = [
    ["an interface", openZeppelin("IERC20"), undefined, "ARTIFACT_HAS_NO_CODE", /IERC20/],
    ["an abstract contract", openZeppelin("ERC20"), undefined, "ARTIFACT_HAS_NO_CODE", /ERC20/],
    ["an interface in solc's output", trialOutput(), "IVault", "ARTIFACT_HAS_NO_CODE", /IVault/],
    ["a file of many, none named", trialOutput(), undefined, "ARTIFACT_INVALID", /src\/Counting.sol:Counting, src\/Vault.sol:IVault/],
    ["a file of many without the one named", trialOutput(), "Safe", "ARTIFACT_INVALID", /no contract Safe.*src\/Vault.sol:Vault/],
    ["another contract's artifact", openZeppelin("IERC20"), "Vault", "ARTIFACT_HAS_NO_CODE", /IERC20/],
    ["another contract's artifact with code", openZeppelin("AccessManager"), "Vault", "ARTIFACT_INVALID", /AccessManager, not of Vault/],
    ["a bare ABI", vault.abi, undefined, "ARTIFACT_INVALID", /bare ABI/],
    ["an ABI in an object", { abi: vault.abi }, undefined, "ARTIFACT_INVALID", /no code/],
    ["any other JSON", { name: "mfm", version: "1" }, undefined, "ARTIFACT_INVALID", /no artifact/],
    ["no object", 7, undefined, "ARTIFACT_INVALID", /no artifact/],
    ["a compiler that failed", { errors: [{ severity: "error" }] }, undefined, "ARTIFACT_INVALID", /failed/],
    ["output without code", { contracts: { "a.sol": { A: { abi: [] } } } }, undefined, "ARTIFACT_INVALID", /evm.bytecode/],
    [
      "code that is not hexadecimal",
      { contractName: "A", abi: [], bytecode: "0xzz", deployedBytecode: "0x" },
      undefined,
      "ARTIFACT_INVALID",
      /hexa/,
    ],
    [
      "code with a link that is not named",
      { ...asHardhat2("a", "A", vault), linkReferences: {} },
      undefined,
      "ARTIFACT_INVALID",
      /libraries/,
    ],
    [
      "an immutable outside",
      { ...asHardhat3("a", "A", vault), immutableReferences: { 1: [{ start: 99_999, length: 32 }] } },
      undefined,
      "ARTIFACT_INVALID",
      /outside/,
    ],
  ];
  for (const [what, json, contract, code, message] of refused)
    it(`is not ${what}`, () => assert.throws(() => read(json, contract), { code, message }));
});

describe("linking", () => {
  const artifact = read(trialOutput(), "Vault");

  it("leaves a hole for each place of a library, named short or with its file", () => {
    const { creation, runtime } = linkArtifact(artifact, { Counting: "math" });
    assert.deepEqual(
      creation.holes,
      artifact.creation.links.map(({ at }) => ({ at, contract: "math" })),
    );
    assert.equal(runtime.libraries.length, artifact.runtime.links.length);
    assert.deepEqual(linkArtifact(artifact, { "src/Counting.sol:Counting": "math" }), { creation, runtime });
  });

  for (const [what, libraries, message] of [
    ["a library that is not given", {}, /src\/Counting.sol:Counting is not given/],
    ["a library that it does not use", { Counting: "math", Maths: "math" }, /does not use Maths/],
    ["the right name in another file", { "src/Other.sol:Counting": "math" }, /Counting is not given; it does not use src\/Other/],
  ] as const)
    it(`refuses ${what}`, () => assert.throws(() => linkArtifact(artifact, libraries), { code: "LIBRARIES_UNLINKED", message }));

  it("refuses a short name that means two libraries", () => {
    const links = [
      { at: 0, library: "a.sol:Math" },
      { at: 20, library: "b.sol:Math" },
    ];
    const twice = { ...artifact, creation: { ...artifact.creation, links } };
    assert.throws(() => linkArtifact(twice, { Math: "math", Counting: "math" }), { code: "LIBRARIES_UNLINKED", message: /more than one/ });
  });
});
