import type { CommandSpec } from "../command.ts";

/** `mfm completion SHELL` */
export const completion: CommandSpec = {
  path: ["completion"],
  summary: "print a script that completes commands, options, ops and runs",
  about: "The script goes to stdout as it is, in either output format.",
  arguments: [{ name: "<shell>", about: "which shell", choices: ["bash", "zsh", "fish"] }],
  examples: [
    { line: "mfm completion bash >> ~/.bashrc", about: "bash" },
    { line: "mfm completion zsh > ~/.zfunc/_mfm", about: "zsh, with ~/.zfunc in fpath" },
    { line: "mfm completion fish > ~/.config/fish/completions/mfm.fish", about: "fish" },
  ],
  async run(call) {
    const { completionScript } = await import("../completion-scripts.ts");
    await call.terminal.write(await completionScript(call.argument(0)));
    return undefined;
  },
};
