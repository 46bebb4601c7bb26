/** What nodes send is taken strictly: spellings that they really use, and nothing else. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAccessList, parseFeeHistory, parseLogs, parseProof, parseReceipt, parseReceiptInPart } from "./parse-answers.ts";
import { parseBlock } from "./parse-block.ts";
import { parseAddress, parseBytes, parseHash, parseIndex, parseQuantity } from "./parse.ts";
import { RpcFailure } from "./provider.ts";

const hash = `0x${"ab".repeat(32)}` as const;
const address = `0x${"11".repeat(20)}` as const;

function refuses(reason: string, parse: () => unknown, what = ""): void {
  assert.throws(parse, (error) => error instanceof RpcFailure && error.reason === reason, what);
}

describe("parts of answers", () => {
  it("quantities: with leading zeros and in either case, up to 32 bytes", () => {
    for (const [written, value] of [
      ["0x0", 0n],
      ["0x00", 0n],
      ["0x01A", 26n],
      [`0x${"f".repeat(64)}`, 2n ** 256n - 1n],
    ] as const)
      assert.equal(parseQuantity(written, "it"), value);
    for (const wrong of ["", "0x", "0xg", "1", "-0x1", "0x1 ", `0x1${"0".repeat(64)}`, 1, 1n, null, undefined, {}])
      refuses("malformed", () => parseQuantity(wrong, "it"), typeof wrong);
    refuses("malformed", () => parseIndex("0x20000000000001", "it"));
  });

  it("hashes, bytes and addresses, in any case", () => {
    assert.equal(parseHash(`0x${"AB".repeat(32)}`, "it"), hash);
    assert.equal(parseBytes("0xABcd", "it"), "0xabcd");
    assert.equal(
      parseAddress("0xF39FD6E51AAD88F6F4CE6AB8827279CFFFB92266".replace("0X", "0x"), "it"),
      "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    );
    for (const wrong of ["", "0x", "0x1", "abcd", "0xabc", "0xzz", 1, null, [hash]]) {
      refuses("malformed", () => parseHash(wrong, "it"));
      refuses("malformed", () => parseAddress(wrong, "it"));
      if (wrong !== "0x") refuses("malformed", () => parseBytes(wrong, "it"));
    }
  });
});

describe("answers", () => {
  it("a block: null is none, and anything incomplete is malformed", () => {
    assert.equal(parseBlock(null), undefined);
    for (const wrong of [undefined, "0x", [], {}, { hash }]) refuses("malformed", () => parseBlock(wrong));
  });

  it("logs: of another block are malformed, too many are too large", () => {
    const log = { address, topics: [hash], data: "0x", logIndex: "0x0", transactionHash: hash, blockHash: hash };
    assert.equal(parseLogs([log], hash).length, 1);
    refuses("malformed", () => parseLogs([{ ...log, blockHash: `0x${"cd".repeat(32)}` }], hash));
    refuses("too_large", () =>
      parseLogs(
        Array.from({ length: 10_001 }, () => log),
        hash,
      ),
    );
    refuses("too_large", () => parseLogs([{ ...log, data: `0x${"00".repeat(600_000)}` }], hash));
  });

  it("a receipt in part: as many logs as there is room for, and how many are left out", () => {
    const log = { address, topics: [hash], data: `0x${"00".repeat(1000)}`, logIndex: "0x0", transactionHash: hash, blockHash: hash };
    const quantities = { blockNumber: "0x1", transactionIndex: "0x0", gasUsed: "0x1", effectiveGasPrice: "0x1", status: "0x1" };
    const receipt = { transactionHash: hash, blockHash: hash, from: address, to: null, ...quantities };
    const read = (logs: readonly object[]) => parseReceiptInPart({ ...receipt, logs }, hash);
    const { logs, logsLeftOut } = read(Array.from({ length: 20_000 }, () => log)) ?? {};
    assert.ok((logs?.length ?? 0) > 200 && (logs?.length ?? 0) < 300);
    assert.equal((logs?.length ?? 0) + (logsLeftOut ?? 0), 20_000);
    assert.deepEqual(Object.keys(read([log]) ?? {}).includes("logsLeftOut"), false);
    refuses("malformed", () => read([{ ...log, blockHash: `0x${"cd".repeat(32)}` }]));
  });

  it("a receipt: of another transaction, or without a status, is malformed", () => {
    const quantities = { blockNumber: "0x1", transactionIndex: "0x0", gasUsed: "0x1", effectiveGasPrice: "0x1" };
    const receipt = { transactionHash: hash, blockHash: hash, from: address, to: null, contractAddress: address, logs: [], ...quantities };
    assert.equal(parseReceipt(null, hash), undefined);
    const created = parseReceipt({ ...receipt, status: "0x0" }, hash);
    assert.deepEqual([created?.status, created !== undefined && "to" in created], ["reverted", false]);
    for (const wrong of [receipt, { ...receipt, status: "0x2" }, { ...receipt, status: "0x1", transactionHash: `0x${"cd".repeat(32)}` }])
      refuses("malformed", () => parseReceipt(wrong, hash));
  });

  it("a fee history: ratios become millionths, and what does not fit together is malformed", () => {
    const history = {
      oldestBlock: "0x1",
      gasUsedRatio: [0.5, 1.0000001],
      baseFeePerGas: ["0x1", "0x2", "0x3"],
      reward: [["0x1"], ["0x2"]],
    };
    assert.deepEqual(parseFeeHistory(history, 2, 1).gasUsedMillionths, [500_000, 1_000_000]);
    assert.deepEqual(parseFeeHistory({ ...history, reward: null }, 2, 0).rewards, []);
    for (const wrong of [
      { baseFeePerGas: ["0x1"] },
      { reward: [["0x1"]] },
      { reward: [["0x1"], []] },
      { gasUsedRatio: [0.5, -1] },
      { gasUsedRatio: ["0", 1] },
    ])
      refuses("malformed", () => parseFeeHistory({ ...history, ...wrong }, 2, 1), JSON.stringify(wrong));
    refuses("too_large", () => parseFeeHistory(history, 1, 1));
  });

  it("a proof: of the slots that were asked for, in their order, however the key is spelled", () => {
    const [zero, one] = [`0x${"0".repeat(64)}`, `0x${"1".padStart(64, "0")}`] as const;
    const slot = (key: string) => ({ key, value: "0x1", proof: ["0xc0"] });
    const proof = { balance: "0x0", nonce: "0x0", codeHash: hash, storageHash: hash, accountProof: ["0xc0"] };
    const parsed = parseProof({ ...proof, storageProof: [slot("0x0"), slot(one)] }, [zero, one]);
    assert.deepEqual(
      parsed.storage.map((entry) => entry.slot),
      [zero, one],
    );
    for (const storageProof of [[], [slot("0x0")], [slot("0x1"), slot("0x0")], [slot("0x0"), {}]])
      refuses("malformed", () => parseProof({ ...proof, storageProof }, [zero, one]));
    refuses("too_large", () => parseProof({ ...proof, storageProof: [slot("0x0"), slot("0x1"), slot("0x2")] }, [zero, one]));
  });

  it("an access list: an object with the list", () => {
    assert.deepEqual(parseAccessList({ accessList: [{ address, storageKeys: [hash] }] }), {
      kind: "ok",
      accessed: [{ address, slots: [hash] }],
    });
    for (const wrong of [null, [], {}, { accessList: [{}] }]) refuses("malformed", () => parseAccessList(wrong));
  });
});
