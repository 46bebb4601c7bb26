/**
 * Compiles `contracts/` with the pinned solc and writes the compiled code as TypeScript constants. The settings are fixed, so everybody gets
 * the same bytes: EVM version paris, which every chain runs, optimizer on, no metadata.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { root } from "../docs/pages.ts";
import { loadCompiler } from "./compiler.ts";
import { asHardhat3, compileSolidity, solcContract } from "./trial.ts";

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: {
    readonly [file: string]: { readonly [name: string]: { readonly evm: { readonly bytecode: { readonly object: string } } } };
  };
}

const require = createRequire(import.meta.url);
const solidity = ["DemoToken.sol", "OddTokens.sol", "PriceFeed.sol"];
const yul = "Scanner.yul";

/** The files that hold compiled code, as they must be. */
export function buildContracts(): GeneratedFile[] {
  const token = "contracts/RolloutToken.sol";
  const rollout = compileSolidity({ [token]: readFileSync(`${root}examples/token-rollout/${token}`, "utf8") });
  const compiled = compile("Solidity", solidity);
  const deployed = solidity.flatMap((file) => Object.entries(compiled[file] ?? {}));
  const codes: Record<string, string> = {};
  // An abstract contract has no code; one that another deploys is in that one's.
  for (const [name, code] of deployed) if (code !== "") codes[name] = `0x${code}`;
  const scanner = Object.values(compile("Yul", [yul])[yul] ?? {})[0] ?? "";
  return [
    {
      path: "examples/token-rollout/artifacts/RolloutToken.json",
      text: `${JSON.stringify(asHardhat3(token, "RolloutToken", solcContract(rollout, token, "RolloutToken")), undefined, 1)}\n`,
    },
    {
      path: "src/states/evm/scanner-code.ts",
      text: `${heading(`The scanner's code, as it stands at its address during a call. Compiled from \`contracts/${yul}\``)}
${line("export const scannerCode =", `"0x${scanner}";`)}
`,
    },
    {
      path: "src/app/dev-chain/contract-code.ts",
      text: `${heading("Creation code of the contracts of a development chain. Compiled from `contracts/*.sol`")}
export const contractCode = {
${Object.entries(codes)
  .map(([name, code]) => `${line(`  ${name}:`, `"${code}",`)}\n`)
  .join("")}};

/** Multicall3 by Matt Solomon (MIT), as viem carries it: the code that stands at its address. @see https://www.multicall3.com */
${line("export const multicall3Code =", `"${readMulticall3()}";`)}
`,
    },
  ];
}

function heading(what: string): string {
  return `/** ${what} by \`npm run contracts\`; a test compiles it again and compares. */`;
}

/** As the formatter has it: a long text stands on a line of its own. */
function line(start: string, text: string): string {
  const indent = /^ */.exec(start)?.[0] ?? "";
  return start.length + 1 + text.length > 140 ? `${start}\n${indent}  ${text}` : `${start} ${text}`;
}

function compile(language: "Solidity" | "Yul", files: readonly string[]): Record<string, Record<string, string>> {
  const input = {
    language,
    sources: Object.fromEntries(files.map((file) => [file, { content: readFileSync(`${root}contracts/${file}`, "utf8") }])),
    settings: {
      evmVersion: "paris",
      optimizer: { enabled: true, runs: 200 },
      ...(language === "Solidity" ? { metadata: { appendCBOR: false, bytecodeHash: "none" } } : {}),
      outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
    },
  };
  const read = (path: string) => ({ contents: readFileSync(require.resolve(path), "utf8") });
  const { errors = [], contracts = {} } = JSON.parse(loadCompiler().compile(JSON.stringify(input), { import: read })) as SolcOutput;
  const failed = errors.filter(({ severity }) => severity === "error");
  if (failed.length > 0) throw new Error(failed.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return Object.fromEntries(
    Object.entries(contracts).map(([file, found]) => [
      file,
      Object.fromEntries(Object.entries(found).map(([name, { evm }]) => [name, evm.bytecode.object])),
    ]),
  );
}

/** viem exports its calls, not this constant: read from its source, without the 32 bytes that only return what follows. */
function readMulticall3(): string {
  const source = readFileSync(`${root}node_modules/viem/constants/contracts.ts`, "utf8");
  const code = /multicall3Bytecode =\s+'0x([0-9a-f]+)'/.exec(source)?.[1];
  if (code === undefined) throw new Error("viem has no multicall3Bytecode any more");
  return `0x${code.slice(64)}`;
}
