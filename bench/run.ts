/**
 * Measures MFM against the floor of this machine, in one run on one disk: DESIGN section 13, as far as kernel and SQLite go.
 *   node dist/bench/run.js [--json FILE|-] [--peers] [--only NAME...] [--quick] [--million] [--strict]
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { measureAppends } from "./appends.ts";
import { measureConcurrent } from "./concurrent.ts";
import { measureCrashMatrix } from "./crash-matrix.ts";
import { measureDeployment } from "./deployment.ts";
import { measureEvmTransport } from "./evm-transport.ts";
import { measureKeystore } from "./keystore.ts";
import type { Line } from "./line.ts";
import { type PeerEntry, arePeersInstalled } from "./peers.ts";
import { measurePortfolio } from "./portfolio.ts";
import { describeMachine, renderTable } from "./report.ts";
import { measurePostgres } from "./postgres.ts";
import { measureResume } from "./resume.ts";
import { measureScale } from "./scale.ts";
import { measureScan } from "./scan.ts";
import { removeScratchOnExit } from "./scratch.ts";
import { measureSigner } from "./signer.ts";
import { measureSubmit } from "./submit.ts";
import { measureStartup } from "./startup.ts";
import { measureDurableStep, measureTenSteps } from "./steps.ts";
import { measureVerification } from "./verification.ts";
import { measureWaitingRuns } from "./waiting-runs.ts";
import { measureWorkers } from "./workers.ts";

interface Options {
  readonly json: string | undefined;
  readonly peers: boolean;
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly million: boolean;
  readonly strict: boolean;
}

const names = [
  "step",
  "concurrent",
  "ten-steps",
  "resume",
  "verify",
  "version",
  "memory",
  "append",
  "keystore",
  "signer",
  "postgres",
  "evm-transport",
  "scan",
  "portfolio",
  "crash-matrix",
  "deployment",
  "submit",
  "workers",
  "scale",
] as const;
type Name = (typeof names)[number];

/** Only where `--only` names them: they need a node, or longer than the rest. */
const onDemand: readonly Name[] = ["evm-transport", "scan", "portfolio", "crash-matrix", "deployment", "submit", "workers", "scale"];

const usage = `Usage: npm run bench -- [--quick] [--peers] [--only NAME...] [--json FILE|-] [--million] [--strict]
  --quick   fewer repetitions, under 20 s
  --peers   with DBOS and Restate (also without this flag where bench/peers is installed, unless --quick)
  --only    ${names.join(", ")}
  --million \`scale\` with a million stored runs too: some minutes
  --json    the report as JSON, to a file or to stdout (the table then goes to stderr)
  --strict  exit code 1 when a bar is missed
`;

function readOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "string" },
      peers: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      quick: { type: "boolean", default: false },
      million: { type: "boolean", default: false },
      strict: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  // The names behind the first of `--only` are positional.
  const only = [...values.only, ...positionals];
  const strange = only.filter((name) => !(names as readonly string[]).includes(name));
  if (values.help || strange.length > 0 || (positionals.length > 0 && values.only.length === 0)) {
    process.stderr.write(strange.length > 0 ? `no benchmark is called ${strange.join(", ")}\n${usage}` : usage);
    process.exit(values.help ? 0 : 2);
  }
  return {
    json: values.json,
    peers: values.peers || (arePeersInstalled() && !values.quick),
    only,
    quick: values.quick,
    million: values.million,
    strict: values.strict,
  };
}

async function measure(name: Name, { quick, peers, million }: Options, found: PeerEntry[]): Promise<readonly Line[]> {
  switch (name) {
    case "step":
      return measureDurableStep(quick);
    case "ten-steps":
      return measureTenSteps(quick);
    case "concurrent": {
      const concurrent = await measureConcurrent(quick, peers);
      found.push(...concurrent.peers);
      return concurrent.lines;
    }
    case "resume":
      return measureResume(quick);
    case "verify":
      return measureVerification(quick);
    case "version":
      return measureStartup(quick);
    case "memory":
      return measureWaitingRuns();
    case "append":
      return measureAppends(quick);
    case "evm-transport":
      return measureEvmTransport(quick);
    case "scan":
      return measureScan(quick);
    case "portfolio":
      return measurePortfolio(quick);
    case "crash-matrix":
      return measureCrashMatrix(quick);
    case "submit":
      return measureSubmit(quick);
    case "deployment":
      return measureDeployment(quick);
    case "keystore":
      return measureKeystore(quick);
    case "signer":
      return measureSigner(quick);
    case "postgres":
      return measurePostgres(quick, found);
    case "workers":
      return measureWorkers(quick);
    case "scale":
      return measureScale(quick ? [1000, 20_000] : million ? [1000, 100_000, 1_000_000] : [1000, 100_000]);
  }
}

const options = readOptions();
removeScratchOnExit();
const started = performance.now();
const lines: Line[] = [];
const peers: PeerEntry[] = [];
for (const name of names) {
  if (options.only.length > 0 ? !options.only.includes(name) : onDemand.includes(name)) continue;
  const from = performance.now();
  lines.push(...(await measure(name, options, peers)));
  process.stderr.write(`${name}: measured in ${((performance.now() - from) / 1000).toFixed(1)} s\n`);
}
const machine = describeMachine();
const report = `${JSON.stringify({ machine, quick: options.quick, seconds: Math.round((performance.now() - started) / 1000), lines, peers }, null, 2)}\n`;
const { cpus, cpu, memoryGiB, node } = machine;
const table = `\n${cpus} x ${cpu}, ${memoryGiB} GiB, Node ${node}\n\n${renderTable(lines)}`;
if (options.json === "-") process.stdout.write(report);
else if (options.json !== undefined) writeFileSync(options.json, report);
(options.json === "-" ? process.stderr : process.stdout).write(table);
if (options.strict && lines.some(({ verdict }) => verdict === "miss")) process.exitCode = 1;
