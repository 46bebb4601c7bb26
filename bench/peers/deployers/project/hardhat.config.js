// The compiler is the package's own: nothing is downloaded.
const { subtask } = require("hardhat/config");
const { TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD } = require("hardhat/builtin-tasks/task-names");
require("@nomicfoundation/hardhat-ignition");

const { version } = require("solc/package.json");

subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, async () => ({
  version,
  longVersion: version,
  compilerPath: require.resolve("solc/soljson.js"),
  isSolcJs: true,
}));

module.exports = {
  solidity: version,
  defaultNetwork: "chain",
  networks: { chain: { url: process.env.PEER_RPC_URL, accounts: [process.env.PEER_KEY] } },
  // One confirmation is all that a chain which mines on demand gives.
  ignition: { requiredConfirmations: 1 },
};
