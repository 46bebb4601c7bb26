import type { CommandSpec } from "../command.ts";
import { allOption, csvOption } from "../options.ts";

/** `mfm portfolio show RUN` */
export const portfolioShow: CommandSpec = {
  path: ["portfolio", "show"],
  summary: "show a snapshot that was taken before",
  about: "The table of a run that succeeded, such as one that was resumed or left to a worker. Asks no provider.",
  arguments: [{ name: "<run>", about: "the run's id, or its first characters", completes: "run" }],
  options: [allOption, csvOption],
  examples: [{ line: "mfm portfolio show 3f2a --csv holdings.csv", about: "and write it to a file" }],
  async run(call) {
    const [{ showSnapshot }, { presentStored }] = await Promise.all([
      import("../../app/portfolio/stored-snapshot.ts"),
      import("../snapshot-result.ts"),
    ]);
    return presentStored(call, await showSnapshot(call.place, call.argument(0)));
  },
};
