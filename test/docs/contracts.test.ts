/** docs/contracts.md: its file is one that is read, and every key that such files have stands in it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "smol-toml";
import { parseAbi } from "viem";
import { readLifecycleFile } from "../../src/app/contracts/lifecycle-file.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import { readArtifact } from "../../src/ops/contracts/artifact-formats.ts";
import { blocksOf, readPage } from "./pages.ts";

const page = readPage("docs/contracts.md");
const sender = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const register = {
  _format: "hh-sol-artifact-1",
  contractName: "Register",
  sourceName: "Register.sol",
  abi: parseAbi([
    "constructor(address owner)",
    "function setOpen(bool open)",
    "function isOpen() returns (bool)",
    "function owner() returns (address)",
  ]),
  bytecode: "0x6001",
  deployedBytecode: "0x6001",
  linkReferences: {},
  deployedLinkReferences: {},
};
const read = (data: object) =>
  readLifecycleFile(data, {
    load: (file, contract) => readArtifact(register, { file, contract }),
    sender,
    block: { kind: "tag", tag: "latest" },
  });

/** A key that nobody knows, in each table that there is: the refusal names those that are known. */
const strange = { strange: 1 };
const call = { contract: "register", call: "owner", ...strange };
const kinds = ["call", "code", "code_hash", "log", "proxy", "role", "slot"];
const everywhere = {
  ...strange,
  approval: strange,
  on_failure: strange,
  contracts: { register: { artifact: "Register.json", create2: strange, ...strange } },
  configure: [{ name: "open", ...call, unless: call, ensures: call, undo: call }],
  validate: {
    ...strange,
    assertions: kinds.map((kind) => Object.assign({ name: kind, kind }, call)),
  },
};

describe("docs/contracts.md", () => {
  it("shows a file that is read", () => {
    const example = blocksOf(page).find(({ kind }) => kind === "toml");
    const { contracts, configure, validate } = read(parse(example?.lines.join("\n") ?? ""));
    assert.deepEqual([contracts.length, configure?.length, validate?.assertions.length], [1, 1, 1]);
  });

  it("says every key that a file may have, and no other", () => {
    const keys = new Set<string>();
    assert.throws(
      () => read(everywhere),
      (error) => {
        assert.ok(error instanceof MfmError);
        for (const { problem } of error.details["issues"] as readonly { readonly problem: string }[])
          for (const key of /\(known: (.+)\)$/.exec(problem)?.[1]?.split(", ") ?? []) keys.add(key);
        return true;
      },
    );
    assert.ok(keys.size > 30, [...keys].join());
    const said = [...page.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code).join(" ");
    const missing = [...keys].filter((key) => !new RegExp(`(?<!\\w)${key}(?!\\w)`).test(said));
    assert.deepEqual(missing, []);
    const rows = [...page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, cell = ""]) => cell.replaceAll("`", "").split(", "));
    assert.deepEqual(
      rows.filter((key) => !keys.has(key) && !kinds.includes(key)),
      [],
    );
  });
});
