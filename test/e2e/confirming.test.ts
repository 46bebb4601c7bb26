/** The question before something is sent, on a terminal: what is shown, and that no answer but yes starts anything. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { PaymentScene, addressOf, sender } from "../chain/payment-scene.ts";
import { root } from "../docs/pages.ts";
import { SignerHome } from "../keystore/signer-home.ts";
import { type Ended, type Fields, member } from "./mfm.ts";
import { keys, readScreen, startOnTerminal } from "./on-terminal.ts";

const alice = addressOf(`0x01${"5a".repeat(18)}11`);
const artifact = `${root}node_modules/@openzeppelin/contracts/build/contracts/TimelockController.json`;
const flags = ["--from", sender, "--network", "eip155:31337"];

/** What else may be typed at the question. */
const refusals = [
  ["nothing but enter", "\r"],
  ["Ctrl-C", keys.interrupt],
  ["escape", keys.escape],
  ["the end of the input", keys.endOfInput],
] as const;

describe("mfm evm asks on a terminal before it sends", () => {
  let scene: PaymentScene;
  let home: SignerHome;
  before(async () => {
    [scene, home] = await Promise.all([PaymentScene.set(), SignerHome.openTreasury()]);
    home.write("grant.toml", lifecycleOf(scene.at.PlainToken));
  });
  after(async () => {
    home.remove();
    await scene.end();
  });

  const commands = {
    transfer: () => ["transfer", alice, "1"],
    call: () => ["call", scene.at.PlainToken, "transfer(address to, uint256 value)", alice, "7"],
    deploy: () => ["deploy", artifact, "60", "[]", "[]", sender],
    lifecycle: () => ["lifecycle", "grant.toml"],
  } as const;
  const env = () => ({ MFM_RPC_EIP155_31337: scene.node.url });
  const count = async (tag: string): Promise<number> => Number(await scene.node.rpc<string>("eth_getTransactionCount", sender, tag));
  const runs = async (): Promise<readonly Fields[]> => member(await home.data(["run", "list"]), "runs") as readonly Fields[];

  /** Waits for the question, and types this; on the screen of a person who has not said how the plan is to be agreed to. */
  async function answer(args: readonly string[], typed: string): Promise<Ended> {
    const running = startOnTerminal(home, ["evm", ...args, ...flags, ...home.unlock], { env: env() });
    await running.says("out", /Send this\?/);
    running.child.stdin?.write(typed);
    return running.ended;
  }

  for (const [name, args] of Object.entries(commands))
    it(`${name}: with the table of its --plan; where the answer is no nothing is sent, and no run is left behind`, async () => {
      const [planned, nonce] = [await home.call(["evm", ...args(), ...flags, "--plan"], { env: env() }), await count("latest")];
      const { code, out } = await answer(args(), "n");
      assert.equal(planned.code, 0, planned.err);
      const [asked = "", answered = ""] = readScreen(out).split(/(?<=Send this\?)([^]*)/);
      assert.ok(asked.includes(planned.out), `${planned.out}\nis not in\n${asked}`);
      assert.match(answered, /CANCELLED/);
      assert.deepEqual([code, await count("pending"), await runs()], [1, nonce, []]);
    });

  for (const [name, typed] of refusals)
    it(`${name} is no yes: nothing is sent, and no run is left behind`, async () => {
      const nonce = await count("latest");
      const { code, out } = await answer(commands.transfer(), typed);
      assert.match(readScreen(out), /CANCELLED/);
      assert.deepEqual([code, await count("pending"), await runs()], [1, nonce, []]);
    });

  for (const [name, args] of Object.entries(commands))
    it(`${name}: yes sends it, and nothing more is asked, as of an entry without a policy each transaction would be`, async () => {
      const [nonce, before] = [await count("latest"), await runs()];
      const { code, out } = await answer(args(), "y");
      assert.equal(code, 0, readScreen(out));
      assert.deepEqual([await count("latest"), (await runs()).length], [nonce + 1, before.length + 1]);
    });
});

/** One call of a contract that stands there. */
function lifecycleOf(token: string): string {
  return `[contracts.token]
address = "${token}"
[[configure]]
name = "grant"
contract = "token"
call = "transfer(address to, uint256 value)"
args = ["${alice}", "7"]
`;
}
