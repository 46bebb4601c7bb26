/** Named points of a write at which a crash leaves something behind. Whoever watches them may kill the process there; nobody does in production. */
export type FaultPoint =
  | "lock.held"
  | "audit.written"
  | "audit.synced"
  | "anchor.prepared"
  | "temp.created"
  | "temp.written"
  | "temp.synced"
  | "temp.verified"
  | "file.published"
  | "folder.synced"
  | "anchor.settled";

export type Reached = (point: FaultPoint) => void;

export const unwatched: Reached = () => undefined;
