// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// Tokens that an honest reader must survive: hostile ones, and honest ones that are built in an unusual way. Everybody holds 1 of each,
/// unless its comment says otherwise.
abstract contract OddToken {
    function name() external view virtual returns (string memory) {
        return "Odd Token";
    }

    function symbol() external view virtual returns (string memory) {
        return "ODD";
    }

    function decimals() external view virtual returns (uint256) {
        return 18;
    }

    function balanceOf(address) external view virtual returns (uint256) {
        return 1e18;
    }
}

/// Its balance cannot be read.
contract RevertingToken is OddToken {
    function balanceOf(address) external pure override returns (uint256) {
        revert("no balance for you");
    }
}

/// Reading its balance takes all the gas there is.
contract GasBurnerToken is OddToken {
    function balanceOf(address) external pure override returns (uint256) {
        while (true) {}
        return 0;
    }
}

/// Answers everything with nothing.
contract EmptyReturnToken {
    fallback() external {}
}

/// Answers everything with one byte less than a word.
contract ShortReturnToken {
    fallback() external {
        assembly {
            mstore(0, not(0))
            return(0, 31)
        }
    }
}

/// Answers everything with a megabyte.
contract HugeReturnToken {
    fallback() external {
        assembly {
            return(0, 1000000)
        }
    }
}

/// Refuses everything with a megabyte.
contract HugeRevertToken {
    fallback() external {
        assembly {
            revert(0, 1000000)
        }
    }
}

/// Name and symbol in the old form, as Maker's first token has them.
contract Bytes32SymbolToken {
    bytes32 public constant name = "Maker-like";
    bytes32 public constant symbol = "MKRL";
    uint256 public constant decimals = 18;

    function balanceOf(address) external pure returns (uint256) {
        return 1e18;
    }
}

/// More decimals than an amount has digits.
contract Decimals77Token is OddToken {
    function decimals() external pure override returns (uint256) {
        return 77;
    }
}

/// Decimals that are no uint8.
contract HugeDecimalsToken is OddToken {
    function decimals() external pure override returns (uint256) {
        return 2 ** 200;
    }
}

/// Its symbol clears a terminal and its name turns the direction of writing.
contract ControlCharactersToken is OddToken {
    function symbol() external pure override returns (string memory) {
        return "\x1b[2J\x07US\x00DC";
    }

    function name() external pure override returns (string memory) {
        return unicode"Official \u202enioC DSU\u202c";
    }
}

/// Looks like USDC: its last letter is Cyrillic.
contract HomoglyphToken is OddToken {
    function symbol() external pure override returns (string memory) {
        return unicode"USD\u0421";
    }

    function name() external pure override returns (string memory) {
        return "USD Coin";
    }
}

/// Wants its holder to visit a page.
contract UrlSymbolToken is OddToken {
    function symbol() external pure override returns (string memory) {
        return "=HYPERLINK(\"https://claim.example\")";
    }

    function name() external pure override returns (string memory) {
        return "Visit https://claim.example to claim 5000 USDC";
    }
}

/// Everybody holds all that a uint256 can say.
contract MaxBalanceToken is OddToken {
    function balanceOf(address) external pure override returns (uint256) {
        return type(uint256).max;
    }
}

/// Honest, behind a delegate call, and needs more than 100,000 gas to read, as rebasing tokens may.
contract CostlyProxyToken {
    address private immutable implementation = address(new CostlyToken());

    fallback() external {
        address target = implementation;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let success := delegatecall(gas(), target, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(success) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }
}

contract CostlyToken is OddToken {
    mapping(uint256 => uint256) private parts;

    function balanceOf(address) external view override returns (uint256 sum) {
        for (uint256 i = 0; i < 60; i++) sum += parts[i];
        sum += 1e18;
    }
}

/// Catches the failure of what it asks, and then says zero: with too little gas it hides a balance.
contract StarvingToken is OddToken {
    function balanceOf(address account) external view override returns (uint256) {
        try this.costly(account) returns (uint256 balance) {
            return balance;
        } catch {
            return 0;
        }
    }

    function costly(address) external pure returns (uint256 balance) {
        balance = 1e18;
        for (uint256 i = 0; i < 1000; i++) balance = uint256(keccak256(abi.encode(balance)));
        return 1e18;
    }
}

/// Honest, with its balances where OpenZeppelin's upgradeable tokens have them (ERC-7201, "openzeppelin.storage.ERC20").
contract NamespacedToken {
    string public constant name = "Namespaced Token";
    string public constant symbol = "NMSP";
    uint8 public constant decimals = 18;

    struct Storage {
        mapping(address => uint256) balances;
    }

    constructor(address[] memory holders, uint256 amount) {
        for (uint256 i = 0; i < holders.length; i++) place().balances[holders[i]] = amount;
    }

    function balanceOf(address account) external view returns (uint256) {
        return place().balances[account];
    }

    function place() private pure returns (Storage storage found) {
        assembly {
            found.slot := 0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00
        }
    }
}

/// Honest, with its balances at slot 1000.
contract LargeSlotToken {
    string public constant name = "Large Slot Token";
    string public constant symbol = "LSLT";
    uint8 public constant decimals = 18;

    uint256[1000] private unused;
    mapping(address => uint256) public balanceOf;

    constructor(address[] memory holders, uint256 amount) {
        for (uint256 i = 0; i < holders.length; i++) balanceOf[holders[i]] = amount;
    }
}

/// Honest, with its balances where Vyper has them: a mapping at slot 3, hashed as slot and account instead of account and slot.
contract VyperOrderToken {
    string public constant name = "Vyper Order Token";
    string public constant symbol = "VYPR";
    uint8 public constant decimals = 18;

    constructor(address[] memory holders, uint256 amount) {
        for (uint256 i = 0; i < holders.length; i++) {
            bytes32 slot = slotOf(holders[i]);
            assembly {
                sstore(slot, amount)
            }
        }
    }

    function balanceOf(address account) external view returns (uint256 held) {
        bytes32 slot = slotOf(account);
        assembly {
            held := sload(slot)
        }
    }

    function slotOf(address account) private pure returns (bytes32) {
        return keccak256(abi.encode(uint256(3), account));
    }
}
