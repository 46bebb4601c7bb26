import type { CommandSpec } from "../command.ts";
import { driveInForeground } from "../foreground.ts";
import { configOptions, detachOption, keyOption } from "../options.ts";
import { signedDrive } from "../signed-drive.ts";
import { signerOptions } from "../signer-options.ts";

/** `mfm run start ENTRY_POINT` */
export const runStart: CommandSpec = {
  path: ["run", "start"],
  summary: "start a run and drive it until it ends or stands still",
  about:
    "Exits by the run: 0 succeeded or resolved, 4 failed, compensated or cancelled, 5 paused or blocked. Ctrl-C gives the run back: `mfm run resume` goes on with it, and so does any worker. The same --key with the same configuration attaches to the run that it started.",
  arguments: [{ name: "<entry-point>", about: "the op to run", completes: "op" }],
  options: [...configOptions, keyOption, detachOption, ...signerOptions],
  examples: [
    { line: "mfm run start mfm.proof/hello@1", about: "the smallest run" },
    {
      line: 'mfm run start mfm.proof/hello@1 --set \'names=["Ada","Alan"]\' --key greeting-7',
      about: "with configuration, and a key that makes it safe to repeat",
    },
    { line: "mfm run start mfm.proof/hello@1 --config - < names.json", about: "configuration from standard input" },
  ],
  async run(call) {
    const { startRun } = await import("../../app/drive-runs.ts");
    const request = {
      entryPoint: call.argument(0),
      input: call.input("config"),
      source: call.inputSource,
      key: call.text("key"),
      detach: call.has("detach"),
    };
    return driveInForeground(call, { detach: request.detach, drive: await signedDrive(call, (driving) => startRun(request, driving)) });
  },
};
