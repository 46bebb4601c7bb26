/** Error codes of effects: part of the one table in errors.ts. They are recorded as the codes of steps are. */
import { type ErrorEntry, badInput, failed } from "./error-entry.ts";

export const effectErrors = {
  EFFECT_REVERTED: failed(
    "An effect was carried out as far as the outside lets it be, and came to nothing: it was refused or reverted.",
    "The evidence recorded with EffectSettled says why; nothing was changed, so another run may try again.",
  ),
  EFFECT_CANCELLED: failed(
    "What cancels an effect was carried out in its place.",
    "The effect did not happen and never will; another run may do it again: that one effect, not what the rest of this run did.",
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
    "See `mfm lane show LANE`, with the signer process running: it lists what was signed and is not under way here. Start or resume the runs that it is of: that is all it takes. Of what no run here will do: `mfm lane explain LANE --next N --reason ...`, and resume the run.",
    "safe",
  ),
  LANE_RESERVED: failed(
    "What is under way in a lane may need what an effect needs too, such as an account's funds; nothing of it was sent.",
    "It waits until what is under way has settled, and goes on by itself. `mfm lane show LANE` says what that is.",
    "safe",
    409,
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
  APPROVAL_NOT_AWAITED: badInput(
    "Somebody approves a step that does not wait for it: it has no effect yet, enough people agreed, or its run has ended.",
    "See what waits with `mfm run approve RUN`.",
    409,
  ),
  APPROVAL_EXPIRED: failed(
    "An approval is over: before it was recorded, or before anything of the intent was signed. Nothing of it was sent.",
    "While the step waits, whoever agreed agrees again, with a later --expires. Where the effect was given up, start another run; in a store that was restored, see first with `mfm lane show` that the signer signed nothing for it.",
  ),
  OPERATOR_SIGNATURE_WRONG: badInput(
    "A signature is not that of the operator whose it is said to be, or is of another document.",
    "Sign the document as it stands now: `mfm run approve` and `mfm run resolve` print it with --document.",
    422,
  ),
  OPERATOR_UNKNOWN: badInput(
    "Somebody signed whom the spec does not name.",
    "The message names who may sign; `--account` chooses the account that does. A signature that was made elsewhere is handed in with the --until of its document: of another one it is nobody's.",
    403,
  ),
  OPERATOR_SIGNATURE_REPEATED: badInput("An operator has signed before, and counts once.", "Have another operator sign.", 409),
  RESOLUTION_NOT_AWAITED: badInput(
    "A run is decided about that does not stand before a person.",
    "See how it stands with `mfm run status RUN`. What was sent comes to rest first: `mfm run obligations RUN` says what keeps it from that.",
    409,
  ),
  RESOLUTION_OUTDATED: badInput(
    "What was signed is about an earlier state of the run.",
    "Look at `mfm run obligations RUN` again, and have the decision signed anew.",
    409,
  ),
  RESOLUTION_FOREIGN: badInput(
    "What was signed is about another run, or about another spec.",
    "Submit the files that were signed for this run.",
    422,
  ),
  RESOLUTION_DIVERGES: badInput(
    "The operators have not signed the same decision.",
    "Agree on one, and have all of them sign that: equal reason, outcomes and evidence.",
    422,
  ),
  RESOLUTION_INCOMPLETE: badInput(
    "A decision leaves out something that is open, or is about something that is not.",
    "`mfm run obligations RUN` lists what is open; say an outcome for each.",
    422,
  ),
  RESOLUTION_QUORUM_MISSING: badInput(
    "Fewer operators have signed than the spec asks for.",
    "Have more of them sign, and submit all files together.",
    422,
  ),
  RUN_AWAITS_RESOLUTION: badInput(
    "A run stands before a person, and takes nothing in but their decision.",
    "See `mfm run obligations RUN`, then `mfm run resolve RUN`.",
    409,
  ),
} as const satisfies Record<string, ErrorEntry>;
