import type { CommandSpec } from "../command.ts";

/** `mfm run events RUN` */
export const runEvents: CommandSpec = {
  path: ["run", "events"],
  summary: "show what happened in a run, event by event",
  arguments: [{ name: "<run>", about: "the run's id, or its first characters", completes: "run" }],
  options: [{ flags: "-f, --follow", about: "go on until the run has ended; with json, an event per line" }],
  examples: [
    { line: "mfm run events 3f2a", about: "the recorded history" },
    { line: "mfm run events 3f2a --follow", about: "and what comes" },
  ],
  async run(call) {
    const [{ readRunEvents }, { renderEvent }] = await Promise.all([import("../../app/run-stream.ts"), import("../render/events.ts")]);
    const { terminal, format } = call;
    const follow = call.has("follow");
    const asDocument = format === "json" && !follow;
    const kept: unknown[] = [];
    const runId = await readRunEvents(call.place, {
      run: call.argument(0),
      follow,
      onEvents: async (events) => {
        if (asDocument) kept.push(...events);
        else
          await terminal.write(
            events.map((shown) => `${format === "json" ? JSON.stringify(shown) : renderEvent(shown.event, terminal.paint)}\n`).join(""),
          );
      },
    });
    return asDocument ? { data: { runId, events: kept }, text: () => "" } : undefined;
  },
};
