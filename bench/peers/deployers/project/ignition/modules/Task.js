// The task of the crash matrix: five transactions, one after another.
const { buildModule } = require("@nomicfoundation/hardhat-ignition/modules");

module.exports = buildModule("Task", (m) => {
  const counter = m.contract("Counter");
  const first = m.call(counter, "inc", [1n], { id: "first" });
  const second = m.call(counter, "inc", [1n], { id: "second", after: [first] });
  const third = m.call(counter, "inc", [1n], { id: "third", after: [second] });
  m.send("pay", process.env.PEER_PAYEE, 1n, undefined, { after: [third] });
  return { counter };
});
