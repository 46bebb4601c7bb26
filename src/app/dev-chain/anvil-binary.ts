/** Where anvil is: npm puts the build for a platform into a package of its own, which an optional dependency brings along. */
import { createRequire } from "node:module";
import { MfmError } from "../../kernel/errors.ts";

export interface Platform {
  readonly os: string;
  readonly cpu: string;
}

const builds: Readonly<Record<string, string>> = {
  "linux x64": "linux-amd64",
  "linux arm64": "linux-arm64",
  "darwin x64": "darwin-amd64",
  "darwin arm64": "darwin-arm64",
  "win32 x64": "win32-amd64",
};

/**
 * The path of the program.
 * @throws DEV_CHAIN_UNAVAILABLE when there is no build for the platform, or it is not installed
 */
export function findAnvil({ os, cpu }: Platform = { os: process.platform, cpu: process.arch }): string {
  const build = builds[`${os} ${cpu}`];
  if (build === undefined) throw unavailable(`there is no build of anvil for ${os} ${cpu}`, { os, cpu });
  const file = `@foundry-rs/anvil-${build}/bin/anvil${os === "win32" ? ".exe" : ""}`;
  // Through the package that depends on it: a strict package manager shows the platform's package to nobody else.
  const here = createRequire(import.meta.url);
  for (const from of [() => createRequire(here.resolve("@foundry-rs/anvil/package.json")), () => here]) {
    try {
      return from().resolve(file);
    } catch {
      // Not visible from there.
    }
  }
  throw unavailable(`anvil is not installed: @foundry-rs/anvil-${build} is missing`, { os, cpu });
}

function unavailable(message: string, details: { readonly os: string; readonly cpu: string }): MfmError {
  return new MfmError("DEV_CHAIN_UNAVAILABLE", message, details);
}
