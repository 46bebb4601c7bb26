/** What an effect kind says of an intent for people to agree to, checked before anybody is asked to sign it. */
import * as z from "zod";
import { lowerFor } from "../capability.ts";
import { address, hash, uint256 } from "../codecs.ts";
import type { EffectKind } from "../effects/kind.ts";
import { MfmError } from "../errors.ts";
import type { Json } from "../json.ts";
import { ValueCodec } from "../value.ts";
import type { StatedMember } from "./statement.ts";

const name = z.string().min(1).max(64);
const answers = new ValueCodec(
  lowerFor(
    "mfm.kernel/stated@1",
    z.strictObject({
      members: z
        .array(
          z.discriminatedUnion("type", [
            z.strictObject({ name, type: z.literal("address"), value: address }),
            z.strictObject({ name, type: z.literal("bytes32"), value: hash }),
            z.strictObject({ name, type: z.literal("string"), value: z.string().max(10_000) }),
            z.strictObject({ name, type: z.literal("uint256"), value: uint256 }),
          ]),
        )
        .min(1)
        .max(32),
    }),
    "",
  ),
);

/**
 * The members of an intent that people agree to. `intent`: as data.
 * @throws EFFECT_RULE_INVALID when the kind says nothing, or something that cannot be signed; whatever its code throws
 */
export function membersOf(kind: EffectKind, intent: Json): readonly StatedMember[] {
  const { states } = kind.rules;
  const refuse = (reason: string): MfmError => new MfmError("EFFECT_RULE_INVALID", `${kind.id}: states ${reason}`, { kind: kind.id });
  if (states === null) throw refuse("is missing, so nobody can agree to an intent");
  const members: unknown = (states as (intent: unknown) => unknown)(kind.codecs.intent.decode(intent));
  try {
    answers.decode({ members });
  } catch (error) {
    throw error instanceof MfmError ? refuse(`must answer with members that can be signed: ${error.message}`) : error;
  }
  const known = members as readonly StatedMember[];
  const names = known.map((member) => member.name);
  if (names.some((one) => !/^[a-z][A-Za-z0-9]*$/.test(one)) || new Set(names).size < names.length)
    throw refuse("must name each member differently, in camelCase");
  return known;
}
