/** `docs/errors.md`, from the tables that the code throws from. */
import { findingTable } from "../kernel/certify.ts";
import type { ErrorEntry } from "../kernel/error-entry.ts";
import { errorTable } from "../kernel/errors.ts";

/** The whole page. */
export function renderErrorCatalogue(): string {
  return [...introduction, ...codes(), "", ...findings(), ""].join("\n");
}

const introduction = [
  "# Errors",
  "",
  "Made from the error table in `src/kernel/errors.ts`; every failure of MFM has one of these codes.",
  "",
  "- **Exit**: the exit code of the command line. 1 the command failed, 2 bad input, 3 something that must be there first is not; 130 and 143 after SIGINT and SIGTERM. `mfm run start` and",
  "  `mfm run resume` exit by the run instead once it rests: 0 succeeded or resolved, 4 failed, compensated or cancelled, 5 paused or blocked.",
  "- **Retry**: `never` (the same again gives the same), `safe` (nothing happened: try again), `reconcile` (it may have happened: look first).",
  "- **HTTP**: the status of the REST surface.",
  "",
];

function codes(): string[] {
  const rows = Object.entries(errorTable).map(([code, entry]: [string, ErrorEntry]) => {
    return `| \`${code}\` | ${cell(entry.when)} | ${cell(entry.hint)} | ${entry.retry} | ${entry.exit} | ${entry.http} |`;
  });
  return ["| code | when | what to do | retry | exit | HTTP |", "| --- | --- | --- | --- | --- | --- |", ...rows];
}

function findings(): string[] {
  const rows = Object.entries(findingTable).map(([code, when]) => `| \`${code}\` | ${cell(when)} |`);
  const heading = [
    "## Findings of certification",
    "",
    "`CERTIFICATION_FAILED` carries all of them in `details.findings`, each with the JSON pointer of its place in the spec.",
    "",
  ];
  return [...heading, "| finding | when |", "| --- | --- |", ...rows];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
