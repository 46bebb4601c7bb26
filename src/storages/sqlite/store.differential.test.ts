import { testStoreDifferential } from "../../testing/store-differential.ts";
import { openScratch } from "./scratch.test.support.ts";

testStoreDifferential("SQLite", async (clock) => openScratch({ clock }));
