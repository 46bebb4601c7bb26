/** What `mfm.toml` names: the op, and everything that it is made of. */
export { payments } from "./backend.ts";
export { payment } from "./kind.ts";
export { payOut } from "./ops/pay-out.ts";
export { pay } from "./states/pay.ts";
export { sumUp } from "./states/sum-up.ts";
