// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// An honest ERC-20: OpenZeppelin's, with decimals to choose, minted at construction.
contract DemoToken is ERC20 {
    uint8 private immutable _places;

    constructor(string memory name_, string memory symbol_, uint8 decimals_, address[] memory holders, uint256[] memory amounts)
        ERC20(name_, symbol_)
    {
        require(holders.length == amounts.length, "one amount for each holder");
        _places = decimals_;
        for (uint256 i = 0; i < holders.length; i++) _mint(holders[i], amounts[i]);
    }

    function decimals() public view override returns (uint8) {
        return _places;
    }
}
