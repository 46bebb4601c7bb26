// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// A price feed with the interface of Chainlink's aggregators (AggregatorV3Interface); whoever wants may set what it answers.
contract PriceFeed {
    uint256 public constant version = 1;
    uint8 public immutable decimals;
    string public description;

    struct Round {
        uint80 id;
        int256 answer;
        uint256 startedAt;
        uint256 updatedAt;
        uint80 answeredInRound;
    }

    Round private latest;
    mapping(uint80 => Round) private rounds;

    constructor(uint8 decimals_, string memory description_, int256 answer) {
        decimals = decimals_;
        description = description_;
        set(1, answer, block.timestamp, 1);
    }

    function set(uint80 id, int256 answer, uint256 updatedAt, uint80 answeredInRound) public {
        latest = Round(id, answer, updatedAt, updatedAt, answeredInRound);
        rounds[id] = latest;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return unpack(latest);
    }

    function getRoundData(uint80 id) external view returns (uint80, int256, uint256, uint256, uint80) {
        require(rounds[id].id == id && id != 0, "No data present");
        return unpack(rounds[id]);
    }

    function unpack(Round storage round) private view returns (uint80, int256, uint256, uint256, uint80) {
        return (round.id, round.answer, round.startedAt, round.updatedAt, round.answeredInRound);
    }
}
