import { testStoreDifferential } from "../../testing/store-differential.ts";
import { openEmptied } from "../../../test/postgres/scratch.ts";

testStoreDifferential("PostgreSQL", async (clock) => openEmptied({ clock }));
