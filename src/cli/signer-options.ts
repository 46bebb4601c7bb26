/** Options of the commands that sign. */
import type { ArgumentSpec, OptionSpec } from "./command.ts";
import { keystoreOptions } from "./keystore-options.ts";

export const accountArgument: ArgumentSpec = { name: "<account>", about: "address, label, or the first characters of an entry's id" };

export const signerOptions: readonly OptionSpec[] = [
  ...keystoreOptions,
  { flags: "--no-policy", about: "sign for an entry without a policy, without asking" },
];
