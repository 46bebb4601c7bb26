import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Interface } from "ethers";
import { decodeEvents } from "./events.ts";
import { readFragments } from "./fragments.ts";

type Hex = `0x${string}`;
const lines = [
  "event Transfer(address indexed from, address indexed to, uint256 value)",
  "event Noted(string indexed topic, bytes32 indexed key, string text, (uint8 a, address b) pair)",
  "error Denied()",
  "transfer(address,uint256)",
];
const ethers = new Interface([
  lines[0] ?? "",
  "event Noted(string indexed topic, bytes32 indexed key, string text, tuple(uint8 a, address b) pair)",
]);
const token = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const alice = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const bob = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const word = `0x${"ab".repeat(32)}`;

function logOf(name: string, values: readonly unknown[], logIndex: number) {
  const { topics, data } = ethers.encodeEventLog(name, values);
  return { address: token, topics: topics as Hex[], data: data as Hex, logIndex, transactionHash: word as Hex } as const;
}
const transferred = logOf("Transfer", [alice, bob, 5n], 3);
const abi = readFragments(lines);

describe("what a transaction logged", () => {
  it("is read by the ABI, indexed or not", () => {
    assert.deepEqual(decodeEvents([transferred], abi), [
      {
        logIndex: 3,
        address: token,
        signature: "Transfer(address,address,uint256)",
        arguments: [
          { name: "from", value: alice },
          { name: "to", value: bob },
          { name: "value", value: "5" },
        ],
      },
    ]);
  });

  it("of an indexed text there is only its hash", () => {
    const noted = logOf("Noted", ["a topic", word, "hello", [7, bob]], 0);
    const [event] = decodeEvents([noted], abi);
    assert.deepEqual(
      event?.arguments.map(({ value }) => value),
      [noted.topics[1], word, "hello", JSON.stringify({ a: "7", b: bob })],
    );
  });

  it("passes over what the ABI does not name, and what is indexed otherwise or cut short", () => {
    const [selector = "0x", ...topics] = transferred.topics;
    const odd = [
      { ...transferred, topics: [word as Hex, ...topics] },
      { ...transferred, topics: [] },
      { ...transferred, topics: [selector, ...topics, word as Hex] },
      { ...transferred, data: "0x05" as const },
    ];
    assert.deepEqual(decodeEvents(odd, abi), []);
  });
});
