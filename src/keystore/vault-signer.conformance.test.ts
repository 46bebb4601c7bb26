import { testSignerConformance } from "../testing/signer-conformance.ts";
import { SignerLab } from "../../test/keystore/signer-lab.ts";

testSignerConformance("vault in this process", () => SignerLab.open());
