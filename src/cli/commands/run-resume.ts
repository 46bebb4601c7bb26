import type { CommandSpec } from "../command.ts";
import { driveInForeground } from "../foreground.ts";
import { actorOption } from "../options.ts";
import { signedDrive } from "../signed-drive.ts";
import { signerOptions } from "../signer-options.ts";

/** `mfm run resume RUN` */
export const runResume: CommandSpec = {
  path: ["run", "resume"],
  summary: "go on with a run: one that is paused, interrupted or abandoned",
  about: "Takes the run over at once from whoever drives it; fencing makes that safe. Exits by the run, as `mfm run start` does.",
  arguments: [{ name: "<run>", about: "the run's id, or its first characters", completes: "run" }],
  options: [
    { flags: "-r, --reason <text>", about: "why, as recorded where the run was paused" },
    actorOption,
    { flags: "-d, --detach", about: "only record that the pause is over; a worker drives the run" },
    ...signerOptions,
  ],
  examples: [{ line: "mfm run resume 3f2a --reason 'the provider is back'", about: "a shortened id is enough where it is unique" }],
  async run(call) {
    const { resumeRun } = await import("../../app/drive-runs.ts");
    const request = { run: call.argument(0), actor: call.text("actor"), reason: call.text("reason"), detach: call.has("detach") };
    return driveInForeground(call, { detach: request.detach, drive: await signedDrive(call, (driving) => resumeRun(request, driving)) });
  },
};
