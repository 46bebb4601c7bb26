/** The scripts that make a shell ask `mfm complete`. For zsh and fish those of @bomb.sh/tab, which speak the protocol that cobra made common. */
import { usage } from "../app/failure.ts";

/** @throws USAGE for any other shell */
export async function completionScript(shell: string): Promise<string> {
  switch (shell) {
    case "bash":
      return bash;
    case "zsh":
    case "fish":
      return printedBy(shell);
    default:
      throw usage(`no completion for ${JSON.stringify(shell)}: bash, zsh or fish`);
  }
}

/** tab prints its script. */
async function printedBy(shell: "zsh" | "fish"): Promise<string> {
  const { script } = await import("@bomb.sh/tab");
  const print = console.log;
  const lines: string[] = [];
  try {
    console.log = (line: string) => lines.push(line);
    script(shell, "mfm", "mfm");
  } finally {
    console.log = print;
  }
  return `${lines.join("\n")}\n`;
}

/**
 * tab's script for bash needs the package bash-completion and evaluates the words that were typed; this one needs neither. Bash breaks words
 * at colons and at signs, which run ids and op ids have: what stands before the last break is taken off the candidates.
 */
const bash = `# bash completion for mfm
_mfm_complete() {
  local IFS=$' \\t\\n' line="\${COMP_LINE:0:COMP_POINT}" words=() current offered reply value
  read -r -a words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  current="\${words[\${#words[@]}-1]}"
  offered=$(mfm complete -- "\${words[@]:1}" 2>/dev/null) || return
  [[ "\${offered##*:}" == 0 ]] && compopt -o default
  local broken="\${current%"\${current##*[:=@]}"}"
  COMPREPLY=()
  while IFS= read -r reply; do
    value="\${reply%%$'\\t'*}"
    [[ "$reply" == *$'\\t'* ]] && COMPREPLY+=("\${value#"$broken"}")
  done <<< "$offered"
}
complete -F _mfm_complete mfm mfm_cli
`;
