/** The vault's commands leak no secret; those that say more of a process than of words are one each, and in keystore-leaks.long.test.ts all. */
import { describe } from "node:test";
import { testLeaks } from "./keystore-leaks.ts";

describe("mfm keystore: leaks", () => testLeaks("warm"));
