/** A chain with thousands of tokens to scan: copies of the development chain's demo token, some of which an account holds. */
import { encodeAbiParameters, getAddress, keccak256 } from "viem/utils";
import { callBatch } from "../src/app/dev-chain/rpc.ts";
import type { Hex } from "../src/states/evm/asking.ts";
import { type DevChain, startDevChain } from "../src/testing/index.ts";

export interface ScanChain {
  readonly chain: DevChain;
  /** Plain tokens; the first account holds every tenth. */
  readonly tokens: readonly Hex[];
  /** Tokens that burn whatever gas they are given. */
  readonly burners: readonly Hex[];
  readonly accounts: readonly Hex[];
}

/** Of code, about half of what anvil takes in one request. */
const callsPerBatch = 200;
const burnersMade = 5;
const accountsMade = 20;

export async function startScanChain(count: number): Promise<ScanChain> {
  const chain = await startDevChain();
  const accounts = Array.from({ length: accountsMade }, (_, index) => addressAt(0xacc0000 + index));
  const tokens = Array.from({ length: count }, (_, index) => addressAt(0x70000000 + index));
  const burners = Array.from({ length: burnersMade }, (_, index) => addressAt(0xb0000000 + index));
  const codeOf = async (address: string | undefined) => chain.rpc("eth_getCode", [address, "latest"]);
  const [plain, burning] = [await codeOf(chain.tokens[0]?.address), await codeOf(chain.oddTokens.GasBurnerToken)];
  const calls = [
    ...tokens.map((token) => ({ method: "anvil_setCode", params: [token, plain] })),
    ...burners.map((token) => ({ method: "anvil_setCode", params: [token, burning] })),
    ...tokens.flatMap((token, index) =>
      index % 10 === 0
        ? [{ method: "anvil_setStorageAt", params: [token, balanceSlot(accounts[0]), word(10n ** 18n + BigInt(index))] }]
        : [],
    ),
    { method: "anvil_mine", params: ["0x1"] },
  ];
  for (let at = 0; at < calls.length; at += callsPerBatch) await callBatch(chain.url, calls.slice(at, at + callsPerBatch));
  return { chain, tokens, burners, accounts };
}

/** Of OpenZeppelin's ERC20, whose first member are the balances. */
function balanceSlot(account: Hex = "0x"): Hex {
  return keccak256(encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [account, 0n]));
}

function addressAt(index: number): Hex {
  return getAddress(`0x${index.toString(16).padStart(40, "0")}`);
}

function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}
