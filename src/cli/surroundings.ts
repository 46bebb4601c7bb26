/** What must be known before the command line is parsed, because even its errors are shown by it. */

export type Format = "text" | "json";

export interface Surroundings {
  readonly format: Format;
  readonly colour: boolean;
}

/** The format of `--output-format`, else of MFM_OUTPUT_FORMAT; a wrong one is reported as text. */
export function readSurroundings(argv: readonly string[], env: NodeJS.ProcessEnv): Surroundings {
  const words = beforeTerminator(argv);
  const written = lastValueOf(words, "--output-format") ?? env["MFM_OUTPUT_FORMAT"];
  const noColour = words.includes("--no-color") || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return { format: written === "json" ? "json" : "text", colour: !noColour };
}

function beforeTerminator(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end < 0 ? argv : argv.slice(0, end);
}

function lastValueOf(words: readonly string[], flag: string): string | undefined {
  let value: string | undefined;
  for (const [index, word] of words.entries()) {
    if (word === flag) value = words[index + 1];
    else if (word.startsWith(`${flag}=`)) value = word.slice(flag.length + 1);
  }
  return value;
}
