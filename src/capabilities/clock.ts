/** The clock as a capability: a state that needs the time asks for it, and the answer is a recorded fact. */
import { defineCapability } from "../kernel/capability.ts";
import { instant } from "../kernel/codecs.ts";

export const clock = defineCapability({ id: "mfm.time/clock@1", kind: "read", methods: { now: { response: instant } } });
