/** Wrong input of every kind: a code, a hint, the right exit code, one document on stderr, nothing on stdout, and a store that stays whole. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { type Document, type Ended, Home, binary, member, text } from "./mfm.ts";
import { trialFiles } from "./trial-ops.ts";

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly input?: string;
  readonly env?: { readonly [name: string]: string };
  readonly code: string;
  readonly exit: number;
  /** What the message says. */
  readonly says: RegExp;
}

const hello = ["run", "start", "mfm.proof/hello@1"];

const cases: readonly Case[] = [
  { name: "an unknown command", args: ["run", "strat"], code: "USAGE", exit: 2, says: /did you mean mfm run start\?/ },
  { name: "a command of a group", args: ["status"], code: "USAGE", exit: 2, says: /did you mean mfm run status\?/ },
  { name: "an unknown flag", args: [...hello, "--kye", "a"], code: "USAGE", exit: 2, says: /--kye'; did you mean --key\?/ },
  { name: "a missing argument", args: ["run", "status"], code: "USAGE", exit: 2, says: /missing required argument 'run'/ },
  { name: "a missing option", args: ["run", "cancel", "abc"], code: "USAGE", exit: 2, says: /--reason <text>' not specified/ },
  { name: "an empty reason", args: ["run", "cancel", "abc", "--reason", " "], code: "USAGE", exit: 2, says: /--reason is empty/ },
  { name: "a count that is none", args: ["run", "list", "--limit", "many"], code: "USAGE", exit: 2, says: /whole number from 1 to 1000/ },
  {
    name: "a wrong variable",
    args: ["run", "list"],
    env: { MFM_LOG_LEVEL: "loud" },
    code: "USAGE",
    exit: 2,
    says: /MFM_LOG_LEVEL is "loud"/,
  },
  {
    name: "an unknown entry point",
    args: ["run", "start", "mfm.proof/helo@1"],
    code: "OP_UNKNOWN",
    exit: 2,
    says: /did you mean mfm\.proof\/hello@1\?/,
  },
  {
    name: "a wrong type",
    args: [...hello, "--set", "names=1"],
    code: "VALUE_INVALID",
    exit: 2,
    says: /\/names: expected an array .*found an integer/,
  },
  { name: "an unknown member", args: [...hello, "--set", "nmes=1"], code: "VALUE_INVALID", exit: 2, says: /\/nmes: .*known: names/ },
  { name: "a wrong assignment", args: [...hello, "--set", "names"], code: "USAGE", exit: 2, says: /path=value/ },
  {
    name: "malformed JSON",
    args: [...hello, "-c", "-"],
    input: '{\n "names": [1.5]}',
    code: "JSON_INVALID",
    exit: 2,
    says: /standard input: line 2, column 12/,
  },
  { name: "malformed TOML", args: [...hello, "-c", "bad.toml"], code: "TOML_INVALID", exit: 2, says: /bad\.toml: line 2, column 9/ },
  { name: "an unreadable file", args: [...hello, "-c", "nowhere.json"], code: "FILE_UNREADABLE", exit: 2, says: /no such file/ },
  { name: "an unreadable bundle", args: ["verify", "."], code: "FILE_UNREADABLE", exit: 2, says: /it is a folder/ },
  { name: "an empty key", args: [...hello, "--key", ""], code: "INVOCATION_KEY_INVALID", exit: 2, says: /1 to 1024 bytes/ },
  { name: "an unknown run", args: ["run", "status", "00000000000000"], code: "RUN_UNKNOWN", exit: 1, says: /no run begins with run:0000/ },
  { name: "what is no run id", args: ["run", "status", "yesterday"], code: "RUN_UNKNOWN", exit: 1, says: /is no run id/ },
  { name: "a wrong head", args: ["verify", "x", "--head", "abc"], code: "USAGE", exit: 2, says: /64 lower-case/ },
  {
    name: "a store that is a path",
    args: ["run", "list", "--store", "a.db"],
    code: "STORE_URL_INVALID",
    exit: 2,
    says: /write sqlite:a\.db/,
  },
  {
    name: "a store of another kind",
    args: ["run", "list"],
    env: { MFM_STORE_URL: "mysql://me:pw@host/db" },
    code: "STORE_URL_INVALID",
    exit: 2,
    says: /^there is no store of kind mysql in this version$/,
  },
  {
    name: "no store yet",
    args: ["store", "check", "--store", "sqlite:none.db"],
    code: "STORE_UNAVAILABLE",
    exit: 3,
    says: /there is no store/,
  },
  {
    name: "a corrupt store",
    args: ["run", "list", "--store", "sqlite:corrupt.db"],
    code: "STORE_CORRUPT",
    exit: 1,
    says: /not a database/,
  },
  {
    name: "a wrong config file",
    args: ["ops", "list", "--config-file", "wrong.toml"],
    code: "CONFIG_INVALID",
    exit: 3,
    says: /stor: no such key; did you mean store\?.*ops\.modules\.1: expected a path, found a number/,
  },
  {
    name: "malformed mfm.toml",
    args: ["ops", "list", "--config-file", "bad.toml"],
    code: "CONFIG_INVALID",
    exit: 3,
    says: /line 2, column 9/,
  },
  {
    name: "a missing config file",
    args: ["ops", "list", "--config-file", "none.toml"],
    code: "CONFIG_INVALID",
    exit: 3,
    says: /no such file/,
  },
  {
    name: "limits of an entry point that is not there",
    args: ["worker", "--config-file", "worker.toml"],
    code: "CONFIG_INVALID",
    exit: 3,
    says: /worker\.entry_points\.mfm\.proof\/helo@1: .*did you mean mfm\.proof\/hello@1\?/,
  },
  {
    name: "a worker's variable that is no number",
    args: ["worker"],
    env: { MFM_WORKER_CONCURRENCY: "many" },
    code: "CONFIG_INVALID",
    exit: 3,
    says: /MFM_WORKER_CONCURRENCY is no whole number from 1 to 1000/,
  },
  {
    name: "an unset variable",
    args: ["run", "list", "--config-file", "variable.toml"],
    code: "CONFIG_INVALID",
    exit: 3,
    says: /MFM_TEST_UNSET is not set/,
  },
  {
    name: "a module with an error",
    args: ["ops", "list", "--config-file", "syntax.toml"],
    code: "MODULE_INVALID",
    exit: 3,
    says: /syntax\.ts.*Unexpected token .*:1:17/,
  },
  {
    name: "a module without ops",
    args: ["ops", "list", "--config-file", "empty.toml"],
    code: "MODULE_INVALID",
    exit: 3,
    says: /exports no op/,
  },
  {
    name: "two ops of one name",
    args: ["ops", "list", "--config-file", "twice.toml"],
    code: "REGISTRY_CONFLICT",
    exit: 2,
    says: /two definitions are called mfm\.proof\/hello@1/,
  },
  {
    name: "a plan that throws",
    args: ["plan", "acme.trial/throwing@1", "--config-file", "mfm.trial.toml"],
    code: "PLAN_FAILED",
    exit: 2,
    says: /no plan/,
  },
  {
    name: "a log that cannot be written",
    args: ["run", "list", "--log-file", "none/a.log"],
    code: "FILE_UNWRITABLE",
    exit: 2,
    says: /no such file or folder/,
  },
];

const files = {
  "bad.toml": '[store]\nurl = "a\n',
  "wrong.toml": '[stor]\nurl = 1\n[ops]\nmodules = ["a.ts", 1]\n',
  "worker.toml": '[worker.entry_points."mfm.proof/helo@1"]\nconcurrency = 1\n',
  "variable.toml": '[store]\nurl = { env = "MFM_TEST_UNSET" }\n',
  "syntax.toml": '[ops]\nmodules = ["syntax.ts"]\n',
  "syntax.ts": "export const x = ;\n",
  "empty.toml": '[ops]\nmodules = ["empty.ts"]\n',
  "empty.ts": "export const x = 1;\n",
  "twice.toml": '[ops]\nmodules = ["twice.ts"]\n',
  "twice.ts": 'import { defineOp } from "mfm";\nexport const mine = defineOp({ id: "mfm.proof/hello@1", plan: () => ({}) });\n',
  "mfm.trial.toml": '[ops]\nmodules = ["./ops/trial.ts"]\n',
  "ops/trial.ts": trialFiles["ops/trial.ts"] ?? "",
  "corrupt.db": "this is no database, and long enough to be told from an empty file\n".repeat(20),
};

describe("mfm: bad input", () => {
  const home = new Home(files, "warm");
  before(async () => {
    await home.data(["run", "start", "mfm.proof/hello@1"]);
  });
  after(async () => {
    const checked = await home.data(["store", "check"]);
    home.remove();
    assert.equal(member(checked, "runs"), 1, "nothing was started, nothing was damaged");
  });

  for (const { name, args, code, exit, says, input = "", env = {} } of cases) {
    it(`refuses ${name}`, async () => {
      const ended: Ended & Document = await home.json(args, { input, env });
      assert.deepEqual([ended.error.code, ended.code], [code, exit], ended.err);
      assert.match(ended.error.message, says);
      assert.ok(ended.error.hint.length > 10 && !ended.err.includes("    at "), ended.err);
    });
  }

  const canary = "Secret55";
  const withPassword: readonly { readonly args: readonly string[]; readonly env?: { readonly [name: string]: string } }[] = [
    { args: ["--store", `u:${canary}@h/d`, "run", "list"] },
    { args: ["--store", `mfm_worker:${canary}@127.0.0.1:54871/treasury`, "run", "list"] },
    { args: ["--store", `postgres//u:${canary}@h/d`, "run", "list"] },
    { args: ["--store", `sqlite:postgres://u:${canary}@h/d`, "store", "info"] },
    { args: ["run", "list", "--config-file", `postgres://u:${canary}@h/d`] },
    { args: ["run", "list", `postgres//u:${canary}@h/d`] },
    { args: ["store", "backup", `none/u:${canary}@h/d`] },
    { args: ["doctor"], env: { MFM_STORE_URL: `u:${canary}@h/d` } },
    { args: ["doctor"], env: { MFM_CONFIG_FILE: `u:${canary}@h/d` } },
  ];
  for (const { args, env = {} } of withPassword) {
    it(`shows no password: ${[...args, ...Object.values(env)].join(" ").replace(canary, "PASSWORD")}`, async () => {
      for (const flags of [[], ["--output-format", "json"]]) {
        const { code, out, err } = await home.call([...args, ...flags], { env });
        assert.notEqual(code, 0);
        assert.ok(!`${out}${err}`.includes(canary), `${out}${err}`);
      }
    });
  }

  it("says the same to people, with the way out, and no stack", async () => {
    const { code, out, err } = await home.call(["run", "start", "mfm.proof/hello@1", "--sett", "a=1"]);
    assert.deepEqual([code, out], [2, ""]);
    assert.equal(err, "error USAGE: unknown option '--sett'; did you mean --set?\n  hint: `mfm run start --help` shows how.\n");
  });

  it("lists the candidates of an ambiguous prefix", async () => {
    const many = new Home({}, "warm");
    try {
      await many.data(["run", "start", "mfm.proof/hello@1", "--detach"]);
      let listed: unknown[] = [];
      let prefix: string | undefined;
      // Of 17 ids, two begin alike.
      for (let count = 0; count < 17 && prefix === undefined; count++) {
        await many.data(["run", "start", "mfm.proof/hello@1", "--detach", "--key", String(count)]);
        listed = member(await many.data(["run", "list"]), "runs") as unknown[];
        const firsts = listed.map((run) => text(run, "runId").slice("run:".length, "run:".length + 1));
        prefix = firsts.find((first, index) => firsts.indexOf(first) !== index);
      }
      const refused = await many.json(["run", "status", prefix ?? ""]);
      assert.deepEqual([refused.error.code, refused.code], ["RUN_AMBIGUOUS", 2]);
      assert.equal((member(refused.error.details, "candidates") as unknown[]).length, 2);
      for (const index of [0, 1])
        assert.match(refused.error.message, new RegExp(text(refused.error.details, "candidates", index, "runId")));
    } finally {
      many.remove();
    }
  });

  it("refuses a folder that cannot be written", { skip: process.getuid?.() === 0 }, async () => {
    home.write("locked/.keep", "");
    chmodSync(home.path("locked"), 0o500);
    const refused = await home.json(["run", "start", "mfm.proof/hello@1", "--store", "sqlite:locked/a.db"]);
    assert.deepEqual([refused.error.code, refused.code], ["STORE_READ_ONLY", 3]);
  });

  it("output that a file does not take is an error, and a reader that leaves is none", { skip: !existsSync("/dev/full") }, async () => {
    const shell = (line: string) => spawnSync("sh", ["-c", line, process.execPath, binary], { encoding: "utf8", cwd: home.folder });
    const full = shell('"$0" "$1" ops list > /dev/full');
    assert.equal(full.status, 2);
    assert.match(full.stderr, /^error FILE_UNWRITABLE: the output cannot be written: /);
    const left = shell('"$0" "$1" ops list | true');
    assert.deepEqual([left.status, left.stderr], [0, ""]);
  });
});
