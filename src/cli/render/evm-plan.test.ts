import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../kernel/canonical.ts";
import type { SendingPlan } from "../../app/evm/sending.ts";
import { renderEvmPlan } from "./evm-plan.ts";

const ann = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc";
const bob = "0x976EA74026E726554dB657fA54763abd0C3a0aa9";
const recipient = "0x52908400098527886E0F7030069857D2E4169EE7";
const approval = { operators: [ann, bob], quorum: 2 };

type Transaction = SendingPlan["transactions"][number];

const line = (title: string, more: Partial<Transaction>): Transaction => ({
  step: `pay/${title}`,
  title,
  call: null,
  to: recipient,
  value: "1000000000000000000",
  moves: [],
  gas: "21000",
  fee: { expected: "21000000000000", atMost: "42000000000000" },
  problem: null,
  unforeseen: null,
  approval: null,
  ...more,
});

const plan: SendingPlan = {
  entryPoint: "mfm.evm/transfer@1",
  specRef: digestOf("spec"),
  configDigest: digestOf("config"),
  saga: { policy: "fail" },
  network: { id: "eip155:1", name: "mainnet", native: { symbol: "ETH", decimals: 18 } },
  from: recipient,
  block: { number: "7", hash: `0x${"07".repeat(32)}` },
  fees: {
    baseFeePerGas: "1000000000",
    priorityFeePerGas: "0",
    tipFrom: "feeHistory",
    maxFeePerGas: "2000000000",
    ceiling: "100000000000",
    expected: "42000000000000",
    atMost: "84000000000000",
  },
  transactions: [line("line 2", {}), line("line 3", { approval })],
  changes: [],
  moved: { assets: [], unnamed: 0, unread: 0 },
  finality: { policy: { kind: "depth", blocks: 1 }, window: 4, blockSeconds: 12, finalitySeconds: 0, expectedSeconds: 12 },
  problems: [],
};
const render = (change: Partial<SendingPlan>): string => renderEvmPlan({ ...plan, ...change }, (_color, text) => text);

describe("a plan of transactions as text", () => {
  it("says who has to agree, and to how many", () => {
    assert.match(render({}), new RegExp(`^approval +2 of ${ann}, ${bob} agree to 1 of 2 before it is sent$`, "m"));
    const both = [line("line 2", { approval }), line("line 3", { approval })];
    assert.match(render({ transactions: both }), /agree to 2 of 2 before they are sent$/m);
    assert.doesNotMatch(render({ transactions: [line("line 2", {})] }), /approval/);
  });

  it("says what becomes of what took effect where it fails", () => {
    assert.doesNotMatch(render({}), /if it fails/);
    assert.match(render({ saga: { policy: "compensate", ...approval } }), /^if it fails +what took effect is undone, the last first$/m);
    assert.match(
      render({ saga: { policy: "manual", ...approval } }),
      new RegExp(`^if it fails +2 of ${ann}, ${bob} decide about what took effect$`, "m"),
    );
  });

  it("says what calls move by themselves, and of how much that is not known; without anything known, nothing", () => {
    assert.doesNotMatch(render({ moved: { assets: [], unnamed: 0, unread: 2 } }), /MOVED|known/);
    const moved = [
      { symbol: "ETH", decimals: 18, address: null, received: "500000000000000000", spent: "0" },
      { symbol: "T\u001b[2J", decimals: 2, address: ann, received: "30", spent: "100" },
      { symbol: bob, decimals: null, address: bob, received: "0", spent: "7" },
    ];
    const shown = render({ moved: { assets: moved, unnamed: 3, unread: 1 } });
    assert.match(shown, /^MOVED BY CALLS +SPENT +RECEIVED +TOKEN$/m);
    assert.match(shown, /^ETH +\+0\.5$/m);
    assert.match(shown, new RegExp(`^T\\S+ +-1 +\\+0\\.3 +${ann}$`, "m"));
    assert.doesNotMatch(shown, /\u001b/);
    assert.match(shown, new RegExp(`^${bob} +-7 units +${bob}$`, "m"));
    assert.match(shown, /^\.\.\. and 3 more assets$/m);
    assert.match(shown, /^what else 1 call would move is not known$/m);
  });
});
