/** The ops that send, for surfaces: these see nothing below the use cases. */
export { call } from "../../ops/evm/call.ts";
export { transfer } from "../../ops/evm/transfer.ts";
export type { SendingOp } from "./sending.ts";
