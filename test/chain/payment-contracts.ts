/** Contracts that pay and refuse in the ways that a payment must survive. Compiled once by the pinned solc. */
import { loadCompiler } from "../contracts/compiler.ts";

const source = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

abstract contract Held {
  event Transfer(address indexed from, address indexed to, uint256 value);
  mapping(address => uint256) public balanceOf;
  constructor() { balanceOf[msg.sender] = 1000; }
  function move(address to, uint256 value) internal {
    balanceOf[msg.sender] -= value;
    balanceOf[to] += value;
    emit Transfer(msg.sender, to, value);
  }
}
/// As the standard says.
contract PlainToken is Held {
  function transfer(address to, uint256 value) external returns (bool) { move(to, value); return true; }
}
/// Returns nothing, as USDT and BNB do.
contract SilentToken is Held {
  function transfer(address to, uint256 value) external { move(to, value); }
}
/// Answers false in place of reverting.
contract FalseToken is Held {
  function transfer(address, uint256) external pure returns (bool) { return false; }
}
/// Keeps a tenth.
contract FeeToken is Held {
  function transfer(address to, uint256 value) external returns (bool) { move(address(this), value / 10); move(to, value - value / 10); return true; }
}
/// Says yes and does nothing.
contract LyingToken is Held {
  function transfer(address, uint256) external pure returns (bool) { return true; }
}
/// Refuses with an error of its own.
contract BlockingToken is Held {
  error Blocked(address who);
  function transfer(address to, uint256) external pure returns (bool) { revert Blocked(to); }
}
contract Counter {
  event Counted(address indexed by, uint256 count, string note);
  error TooMuch(uint256 given, uint256 most);
  uint256 public count;
  function add(uint256 by, string calldata note) external payable {
    if (by > 10) revert TooMuch(by, 10);
    require(bytes(note).length > 0, "a note is needed");
    count += by;
    emit Counted(msg.sender, count, note);
  }
  function overflow() external { count = type(uint256).max; count += 1; }
}
/// Moves its token both ways, and gives a quarter of what it is paid back.
contract Exchange is PlainToken {
  string public constant symbol = "TWO";
  uint8 public constant decimals = 2;
  function swap(uint256 give, uint256 take) external payable {
    move(address(this), give);
    balanceOf[address(this)] -= take;
    balanceOf[msg.sender] += take;
    emit Transfer(address(this), msg.sender, take);
    payable(msg.sender).transfer(msg.value / 4);
  }
  /// Sends what it has not.
  function boast() external { (bool sent, ) = msg.sender.call{value: 1000 ether}(""); require(!sent); }
}`;

interface Compiled {
  readonly contracts: {
    readonly [file: string]: { readonly [name: string]: { readonly evm: { readonly bytecode: { readonly object: string } } } };
  };
}

export type PaymentContract =
  | "PlainToken"
  | "SilentToken"
  | "FalseToken"
  | "FeeToken"
  | "LyingToken"
  | "BlockingToken"
  | "Counter"
  | "Exchange";

/** Creation code by name. */
export function compilePaymentContracts(): Readonly<Record<PaymentContract, `0x${string}`>> {
  const settings = { evmVersion: "paris", outputSelection: { "*": { "*": ["evm.bytecode.object"] } } };
  const input = JSON.stringify({ language: "Solidity", sources: { "payments.sol": { content: source } }, settings });
  const { contracts } = JSON.parse(loadCompiler().compile(input, { import: () => ({ contents: "" }) })) as Compiled;
  const codes = Object.entries(contracts["payments.sol"] ?? {}).map(([name, { evm }]) => [name, `0x${evm.bytecode.object}`]);
  return Object.fromEntries(codes) as Record<PaymentContract, `0x${string}`>;
}
