import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { Interface } from "ethers";
import type { Json } from "../../kernel/json.ts";
import { selectorOf, shortSignature, topicOf } from "./abi-item.ts";
import { findItem, readAbi } from "./abi-json.ts";

const require = createRequire(import.meta.url);
const abiOf = (name: string): Json =>
  (JSON.parse(readFileSync(require.resolve(`@openzeppelin/contracts/build/contracts/${name}.json`), "utf8")) as { readonly abi: Json }).abi;
const overloads = readAbi(
  ["uint256", "address"].map((type) => ({
    type: "function",
    name: "get",
    inputs: [{ type, name: "" }],
    outputs: [],
    stateMutability: "view",
  })),
);

describe("an ABI as compilers write it", () => {
  for (const name of ["TimelockController", "TransparentUpgradeableProxy", "Governor", "AccessManager", "Paymaster"])
    it(`of OpenZeppelin's ${name} has the selectors and topics that ethers finds`, () => {
      const json = abiOf(name);
      const abi = readAbi(json);
      const other = new Interface(json as never);
      assert.ok(abi.length > 2);
      for (const item of abi) {
        if (item.kind === "function") assert.equal(selectorOf(item), other.getFunction(shortSignature(item))?.selector);
        if (item.kind === "event") assert.equal(topicOf(item), other.getEvent(shortSignature(item))?.topicHash);
      }
    });

  it("is searched by name, and by signature where a name is not enough", () => {
    assert.throws(() => findItem(overloads, "function", "get"), {
      code: "ABI_INVALID",
      message: /more than one.*get\(address\), get\(uint256\)/,
    });
    assert.equal(shortSignature(findItem(overloads, "function", "get(uint)")), "get(uint256)");
    assert.throws(() => findItem(overloads, "function", "get(bool)"), { code: "ABI_INVALID", message: /get\(address\), get\(uint256\)/ });
    assert.throws(() => findItem(overloads, "event", "get"), { code: "ABI_INVALID", message: /no event/ });
  });

  const wrong: readonly Json[] = [
    {},
    [1],
    [{ type: "function" }],
    [{ type: "function", name: "f", inputs: [{ type: "uint7" }] }],
    [{ type: "function", name: "f", inputs: [{ type: "function" }] }],
    [{ type: "function", name: "f", inputs: [{ type: "tuple", components: [] }] }],
    [{ type: "constructor", name: "f" }],
  ];
  for (const json of wrong) it(`${JSON.stringify(json)} is none`, () => assert.throws(() => readAbi(json), { code: "ABI_INVALID" }));
});
