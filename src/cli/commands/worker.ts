import type { CommandSpec } from "../command.ts";

/** `mfm worker` */
export const worker: CommandSpec = {
  path: ["worker"],
  summary: "drive whatever is due in the store: detached runs, timers, abandoned runs",
  about:
    "Any number of workers may share a store. SIGTERM or Ctrl-C gives all leases back and ends with 143 or 130 (for systemd: SuccessExitStatus=143).",
  options: [
    {
      flags: "-n, --concurrency <count>",
      about: "runs driven at once (MFM_WORKER_CONCURRENCY); else [worker] concurrency of mfm.toml, else 32",
    },
  ],
  examples: [
    { line: "mfm worker", about: "until it is stopped" },
    { line: "mfm worker --log-level info --log-file worker.log", about: "with a log of what it does" },
  ],
  async run(call) {
    const { workInForeground } = await import("../foreground-worker.ts");
    const concurrency = call.text("concurrency") === undefined ? undefined : call.count("concurrency", { default: 32, min: 1, max: 1000 });
    return workInForeground(call, concurrency);
  },
};
