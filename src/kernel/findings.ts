/** Findings: what certification has to say against a spec. One table of codes; every finding names its place and how to mend it. */

/** When each finding is made, for `docs/errors.md`. */
export const findingTable = {
  SPEC_SHAPE: "The data is not a spec of a format this version reads.",
  SPEC_TOO_LARGE: "More steps, or more bytes, than a spec may have.",
  OP_ID_INVALID: "The op's id does not have the form of one.",
  STEP_KEY_INVALID: "A step key does not have the form of one.",
  STEP_KEY_DUPLICATE: "Two steps have the same key.",
  STATE_UNKNOWN: "A state's code is not registered here.",
  STATE_DIFFERENT: "The registered state of this id has other schemas, capabilities or another effect class.",
  STATE_NOT_LISTED: "A step uses a state that the spec does not list.",
  STATE_UNUSED: "The spec lists a state that no step uses.",
  LIST_NOT_SORTED: "A list that is kept sorted and unique is not.",
  SAGA_INVALID: "The saga policy does not fit the steps: to those that write, or to those that undo.",
  UNDO_INVALID: "An undo step is of something that is no write, does not write itself, or needs what may not be there.",
  QUORUM_INVALID: "Nobody is named who decides, somebody twice, or more or fewer must agree than there are.",
  APPROVAL_INVALID: "A step needs an approval that nobody could give.",
  CHILD_UNKNOWN: "The op of a child step is not registered here.",
  CHILD_DIFFERENT: "The registered op of this id has another config or output schema.",
  CHILD_NOT_LISTED: "A child step starts an op that the spec does not list.",
  CHILD_UNUSED: "The spec lists a child op that no step starts.",
  CONFIG_INVALID: "A step's config does not match its state's schema.",
  BINDING_INVALID: "What is wired to an input cannot always be a value of it.",
  PREDECESSOR_UNKNOWN: "A step waits for, or takes input from, a step that does not exist.",
  CYCLE: "Steps wait for each other in a circle.",
  RETRY_INVALID: "A retry policy is out of range.",
  TIME_INVALID: "A duration or time limit is out of range.",
  OUTPUT_MISSING: "The spec declares no output.",
  OUTPUT_INVALID: "An output's name is not camelCase, or its binding cannot be a value of its type.",
} as const;

export type FindingCode = keyof typeof findingTable;

export interface Finding {
  readonly [name: string]: string;
  readonly code: FindingCode;
  /** JSON pointer into the spec. */
  readonly path: string;
  /** What is wrong and how to mend it. */
  readonly message: string;
}
