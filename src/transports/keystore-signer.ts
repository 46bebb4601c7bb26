/** Answers the signer capability by a signer: a vault in this process, a signer process, or another implementation of the port. */
import { signer } from "../capabilities/signer.ts";
import { type Backend, implement } from "../kernel/capability.ts";
import type { Signer } from "../keystore/signer-port.ts";

/** `sourceRef` names the signer in records, such as `vault`; never a path or a URL. */
export function keystoreSigner(by: Signer, sourceRef: string): Backend {
  return implement(signer, {
    sign(intent, context) {
      context.attribute(sourceRef);
      return by.sign(intent);
    },
  });
}
