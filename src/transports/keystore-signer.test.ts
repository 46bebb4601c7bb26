import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SignerLab, senderOf } from "../../test/keystore/signer-lab.ts";
import { signer as capability } from "../capabilities/signer.ts";
import { keystoreSigner } from "./keystore-signer.ts";

describe("signer capability", () => {
  it("is a write, answered by a signer of the keystore, with what its schemas allow", async () => {
    const { signer, close } = await SignerLab.open();
    const backend = keystoreSigner(signer, "vault");
    assert.deepEqual([backend.capability.id, backend.capability.kind], ["mfm.evm/signer@1", "write"]);
    const sources: string[] = [];
    const context = { signal: new AbortController().signal, attribute: (source: string) => void sources.push(source) };
    const codecs = capability.compiled.get("sign");
    const sender = await senderOf(signer);
    const request = codecs?.request.decode({ kind: "message", sender, message: "0x1234" });
    const answer = await backend.answer("sign", request, context);
    assert.match(codecs?.response.encode(answer) ?? "", /^\{"digest":"0x[0-9a-f]{64}","kind":"message","signature":"0x[0-9a-f]{130}"\}$/);
    assert.deepEqual(sources, ["vault"]);
    await close();
  });

  it("has the schemas that recorded specs name", () => {
    assert.equal(capability.descriptor, "sha256:d5eac079c4f1fd80146ec8ad3f7b55999055d3e8af43b0ec90009117bb1eedbd");
  });
});
