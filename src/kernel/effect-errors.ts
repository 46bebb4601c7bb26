/** Error codes of effects: part of the one table in errors.ts. They are recorded as the codes of steps are. */
import { type ErrorEntry, failed } from "./error-entry.ts";

export const effectErrors = {
  EFFECT_REVERTED: failed(
    "An effect was carried out as far as the outside lets it be, and came to nothing: it was refused or reverted.",
    "The evidence recorded with EffectSettled says why; nothing was changed, so another run may try again.",
  ),
  EFFECT_CANCELLED: failed(
    "What cancels an effect was carried out in its place.",
    "The effect did not happen and never will; another run may do it again.",
  ),
  EFFECT_SUPERSEDED: failed(
    "Something else took the place that an effect needed, so it can never happen.",
    "The evidence recorded with EffectSettled proves it; another run may do it again.",
  ),
  EFFECT_AMBIGUOUS: failed(
    "What the outside says about an effect contradicts itself, so nobody can say whether it happened.",
    "Look at the evidence recorded with EffectAmbiguous, and at the outside itself, before anything is done again.",
    "reconcile",
  ),
  EFFECT_ENVELOPE_REFUSED: failed(
    "A backend prepared something that is not what was intended; nothing was sent.",
    "Correct the backend, or the effect kind's `covers`, which refused it.",
  ),
  EFFECT_SEAL_REFUSED: failed(
    "A backend sealed something else than what was prepared; nothing was sent.",
    "Correct the backend: a seal is of the recorded candidate, and of no other.",
  ),
  LANE_QUARANTINED: failed(
    "What the outside says of a lane is not what is known here, so nothing more is sent on it.",
    "See `mfm lane show LANE`; once you know what happened, `mfm lane explain LANE --reason ...`, and resume the run.",
    "safe",
  ),
  LANE_NOT_AWAITED: failed(
    "A lane was to be explained, and no effect waits for a slot of it.",
    "Nothing is held up: explain it when `mfm lane show LANE` shows something that waits.",
    "never",
    409,
  ),
  EFFECT_NOT_OPEN: failed(
    "Another candidate of an effect was asked for, and nothing of it is under way that it could take the place of.",
    "`mfm tx show` says how it stands; what is over stays as it is.",
    "never",
    409,
  ),
  EFFECT_RULE_INVALID: failed(
    "The pure code of an effect kind answered with something that it must not.",
    "Correct the rule of the effect kind that the message names; it says what it answered.",
  ),
} as const satisfies Record<string, ErrorEntry>;
