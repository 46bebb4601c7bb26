// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

/// What the crash matrix deploys: a call that is done twice shows.
contract Counter {
    uint256 public count;

    function inc(uint256 by) external {
        count += by;
    }
}
