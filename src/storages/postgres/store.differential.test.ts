import { testStoreDifferential } from "../../testing/store-differential.ts";
import { openScratch } from "../../../test/postgres/scratch.ts";

testStoreDifferential("PostgreSQL", async (clock) => openScratch({ clock }));
