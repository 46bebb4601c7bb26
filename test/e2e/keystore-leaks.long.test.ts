/** The vault's commands leak no secret, each as a process of its own. */
import { describe } from "node:test";
import { testLeaks } from "./keystore-leaks.ts";

describe("mfm keystore: leaks, in processes", () => testLeaks("cold"));
