/** Driving: exit codes by the run, Ctrl-C and resume, signals, workers, the watchdog. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { type Fields, Home, member, text } from "./mfm.ts";
import { trialFiles } from "./trial-ops.ts";

const naps = (count: number, ms: number): string[] => ["run", "start", "acme.trial/naps@1", "--set", `count=${count}`, "--set", `ms=${ms}`];

/** Looks again until it is so; the suite ends what never comes to be. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("mfm: driving", { concurrency: 2 }, () => {
  const home = new Home(trialFiles, "warm");
  after(() => home.remove());

  it("exits by the run: 4 where it failed, with the cause in the log and no secret anywhere", async () => {
    const { code, out, err } = await home.call(["run", "start", "acme.trial/failing@1"]);
    assert.equal(code, 4, err);
    assert.match(out, /^status +failed$/m);
    assert.match(out, /^failed +STEP_THREW in step fail$/m);
    const log = JSON.parse(err.split("\n").find((line) => line.startsWith("{")) ?? "{}") as Fields;
    assert.deepEqual([log["level"], log["step"], log["attempt"], log["code"]], ["warn", "fail", 1, "STEP_THREW"]);
    assert.equal(log["cause"], "Error: cannot reach https://rpc.example/***");
    assert.ok(!`${out}${err}`.includes("hunter2") && !err.includes("0123456789abcdef0123456789abcdef"));
    assert.match(err, /\nfailed: 0\/1 steps/);
  });

  it("exits 5 where it paused; resume records who and why; cancel ends it with 0", async () => {
    const paused = await home.data(["run", "start", "acme.trial/pausing@1"], 5);
    const runId = text(paused, "run", "runId");
    assert.deepEqual(member(paused, "run", "waitingFor", 0), { kind: "resume", code: "RETRIES_EXHAUSTED", step: "stale" });
    await home.data(["run", "resume", runId, "--reason", "once more", "--actor", "ada"], 5);
    const cancelled = await home.data(["run", "cancel", runId, "--reason", "enough"]);
    assert.equal(member(cancelled, "run", "status"), "cancelled");
    const { out } = await home.call(["run", "events", runId]);
    assert.match(out, /RunResumed +actor ada {2}reason once more\n/);
    assert.match(out, /RunCancelled +actor \S+ {2}reason enough\n/);
    assert.match(text(cancelled, "ending", "reason"), /^enough$/);
    const status = await home.data(["run", "status", runId]);
    assert.deepEqual(member(status, "ending"), member(cancelled, "ending"));
    assert.match((await home.call(["run", "status", runId])).out, /^cancelled +by \S+: enough$/m);
    for (const args of [
      ["run", "resume", runId],
      ["run", "cancel", runId, "--reason", "twice"],
    ]) {
      const refused = await home.json(args);
      assert.deepEqual([refused.error.code, refused.code], ["RUN_ENDED", 1]);
      assert.equal(refused.error.message, `${runId} has ended: it was cancelled`);
    }
    const output = await home.json(["run", "output", runId]);
    assert.deepEqual([output.error.code, output.code, text(output.error.details, "runId")], ["OUTPUT_NOT_READY", 1, runId]);
  });

  it("gives the run back on Ctrl-C, says how to go on, and resume does", async () => {
    const running = home.start(naps(4, 400));
    const [, runId = ""] = await running.says("err", /started (run:[0-9a-f]{64})/);
    running.child.kill("SIGINT");
    const { code, out, err } = await running.ended;
    assert.deepEqual([code, out], [130, ""], err);
    assert.match(err, new RegExp(`error INTERRUPTED: stopped by SIGINT\n  run: ${runId}\n  hint: .*mfm run resume ${runId.slice(0, 16)}`));
    assert.ok(!err.includes("step failed"), err);
    const stopped = await home.data(["run", "status", runId]);
    assert.deepEqual([member(stopped, "run", "status"), member(stopped, "driver")], ["running", null]);
    const resumed = await home.call(["run", "resume", runId]);
    assert.deepEqual([resumed.code, JSON.parse(resumed.out)], [0, { last: { ms: 400 } }]);
    assert.match(resumed.err, /resuming run:.*\n(.*\n)*succeeded: 4\/4/);
  });

  it("tells programs the same: one document, with the run's id; 143 on SIGTERM", async () => {
    const store = ["--store", "sqlite:terminated.db"];
    const running = home.start(["--output-format", "json", ...naps(50, 100), ...store]);
    await until(async () => (member(await home.data(["run", "list", ...store]), "runs") as unknown[]).length > 0);
    running.child.kill("SIGTERM");
    const { code, out, err } = await running.ended;
    assert.deepEqual([code, out], [143, ""], err);
    const { error } = JSON.parse(err) as { readonly error: Fields };
    assert.deepEqual([error["code"], member(error, "details", "signal")], ["INTERRUPTED", "SIGTERM"]);
    const shown = await home.data(["run", "status", text(error, "details", "runId"), ...store]);
    assert.deepEqual([member(shown, "run", "status"), member(shown, "driver")], ["running", null]);
  });

  it("stays while a run waits for a signal, takes it from another process, and refuses a wrong one", async () => {
    const running = home.start(["run", "start", "acme.trial/approval@1"]);
    const [, short = ""] = await running.says("err", /waits for signal approve: mfm run signal (run:[0-9a-f]{12}) approve/);
    const [unknown, wrong] = await Promise.all([
      home.json(["run", "signal", short, "aprove", "--reason", "x"]),
      home.json(["run", "signal", short, "approve", "--value", '{"approved":"yes"}', "--reason", "x"]),
    ]);
    assert.deepEqual([unknown.error.code, unknown.code], ["SIGNAL_UNKNOWN", 2]);
    assert.match(unknown.error.message, /did you mean approve\?/);
    assert.deepEqual([wrong.error.code, wrong.code], ["VALUE_INVALID", 2]);
    assert.match(wrong.error.message, /\/approved: expected true or false, found a string/);
    const sent = await home.data(["run", "signal", short, "approve", "--set", "approved=true", "--reason", "checked", "--actor", "ada"]);
    assert.match(text(sent, "driver", "owner"), /:\d+:/);
    const { code, out } = await running.ended;
    assert.deepEqual([code, JSON.parse(out)], [0, { result: { said: true } }]);
    const again = await home.json(["run", "signal", short, "approve", "--set", "approved=true", "--reason", "twice"]);
    assert.ok(["RUN_ENDED", "SIGNAL_ALREADY_RECEIVED"].includes(again.error.code));
  });

  it("says at once what a run waits for that it finds waiting", async () => {
    const start = ["run", "start", "acme.trial/approval@1", "--key", "found waiting"];
    const runId = text(await home.data([...start, "--detach"]), "run", "runId");
    const waits = `${runId}\nwaits for signal approve: mfm run signal ${runId.slice(0, 16)} approve --value JSON --reason WHY\n`;
    for (const [args, verb] of [
      [start, "attached to"],
      [["run", "resume", runId], "resuming"],
    ] as const) {
      const running = home.start(args);
      await running.says("err", /waits for .*\n/);
      assert.equal(running.err, `${verb} ${waits}`);
      running.child.kill("SIGINT");
      assert.equal((await running.ended).code, 130);
    }
    await home.data(["run", "signal", runId, "approve", "--set", "approved=false", "--reason", "no"]);
    assert.deepEqual(member(await home.data(["run", "resume", runId]), "output"), { result: { said: false } });
  });

  it("leaves detached runs to a worker, which gives everything back on SIGTERM", async () => {
    // A worker drives whatever is due in its store, so it gets one to itself.
    const own = new Home(trialFiles, "warm");
    try {
      const detached = await own.data([...naps(2, 10), "--detach"]);
      const runId = text(detached, "run", "runId");
      const long = text(await own.data([...naps(100, 200), "--detach"]), "run", "runId");
      const worker = own.start(["worker", "--concurrency", "4"]);
      const followed = await own.call(["--output-format", "json", "run", "events", runId, "--follow"]);
      const lines = followed.out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown);
      assert.deepEqual([followed.code, member(lines.at(-1), "event", "type")], [0, "RunSucceeded"]);
      await worker.says("err", new RegExp(`${runId.slice(0, 16)} +acme.trial/naps@1 +succeeded +2/2`));
      await until(async () => member(await own.data(["run", "status", long]), "run", "steps", "done") !== 0);
      worker.child.kill("SIGTERM");
      const { code, out, err } = await worker.ended;
      assert.equal(code, 143, err);
      assert.match(out, /^left: .*1 succeeded/);
      assert.deepEqual(member(await own.data(["run", "status", long]), "driver"), null);
      await own.data(["run", "cancel", long, "--reason", "the test is over"]);
    } finally {
      own.remove();
    }
  });

  it("ends a process whose step blocks it, and says which; the run can be resumed and cancelled", async () => {
    const first = await home.call(["--output-format", "json", "run", "start", "acme.trial/blocking@1"], { kind: "cold" });
    assert.deepEqual([first.signal, first.out], ["SIGKILL", ""]);
    const { error } = JSON.parse(first.err) as { readonly error: Fields };
    const runId = text(error, "details", "runId");
    assert.deepEqual([error["code"], member(error, "details", "steps")], ["STEP_TIME_LIMIT", [`${runId} block`]]);
    const second = await home.call(["run", "resume", runId], { kind: "cold" });
    assert.deepEqual([second.signal, second.out], ["SIGKILL", ""]);
    assert.match(second.err, new RegExp(`\\nerror STEP_TIME_LIMIT: .*in flight: ${runId} block\\n  hint: `));
    assert.equal(member(await home.data(["run", "cancel", runId, "--reason", "it blocks"]), "run", "status"), "cancelled");
  });
});
