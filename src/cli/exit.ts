/** The exit code of a command that drove a run (DESIGN 12). */
export function exitOfRun(status: string): number {
  switch (status) {
    case "failed":
    case "compensated":
    case "cancelled":
      return 4;
    case "paused":
    case "blocked":
      return 5;
    default:
      return 0;
  }
}
