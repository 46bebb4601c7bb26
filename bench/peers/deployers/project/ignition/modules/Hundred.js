// A hundred contracts that do not need each other, as Ignition deploys them when nobody says an order.
const { buildModule } = require("@nomicfoundation/hardhat-ignition/modules");

module.exports = buildModule("Hundred", (m) => {
  for (let index = 0; index < 100; index += 1) m.contract("Counter", [], { id: `Counter${index}` });
  return {};
});
