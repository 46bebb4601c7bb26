// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

import {Counter} from "../contracts/Counter.sol";

interface Vm {
    function envAddress(string calldata name) external view returns (address);
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// The task of the crash matrix: five transactions, one after another.
contract Task {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function run() external {
        vm.startBroadcast();
        Counter counter = new Counter();
        counter.inc(1);
        counter.inc(1);
        counter.inc(1);
        (bool paid,) = payable(vm.envAddress("PEER_PAYEE")).call{value: 1}("");
        require(paid);
        vm.stopBroadcast();
    }
}
