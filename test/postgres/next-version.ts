/** The schema of a version of MFM that is not there yet: its functions know only its own number, as those of every version do. */
import { migrations } from "../../src/storages/postgres/schema.ts";

const refusesAllBut = (version: number): string => `
create or replace function assert_version(p_version integer) returns void language plpgsql as $$
begin if p_version <> ${version} then raise exception 'other schema' using errcode = 'MF002'; end if; end $$`;

export const nextVersion: readonly string[] = [...migrations, refusesAllBut(migrations.length + 1)];

/** Takes a store of the next version back to this one: nothing else was changed. */
export const takeBack: readonly string[] = [refusesAllBut(migrations.length), `update meta set version = ${migrations.length}`];
