import type { CommandSpec } from "../command.ts";
import { keystoreOptions, vaultOf } from "../keystore-options.ts";

/** `mfm signer start` */
export const signerStart: CommandSpec = {
  path: ["signer", "start"],
  summary: "unlock the vault in a process of its own, which signs for this user's commands and programs",
  about:
    "Every signature passes policy, nonce guard and audit there. It locks itself when nobody has asked for a signature for a while; a locked one is replaced by the next start. For systemd: --foreground with Type=exec, and --unlock-file with a credential.",
  options: [
    { flags: "--idle-minutes <minutes>", about: "lock after so long without a request; default 15" },
    { flags: "--no-policy", about: "sign for entries without a policy too, without asking" },
    { flags: "--foreground", about: "stay until the signer ends; SIGTERM and Ctrl-C end it" },
    ...keystoreOptions,
  ],
  examples: [
    { line: "mfm signer start", about: "asks for the passphrase and comes back" },
    { line: "mfm signer start --foreground --unlock-file /run/credentials/vault", about: "under a supervisor" },
  ],
  async run(call) {
    const [{ startSigner }, { renderSigner }] = await Promise.all([
      import("../../app/keystore/signer-process.ts"),
      import("../render/signer.ts"),
    ]);
    const status = await startSigner(call.place, vaultOf(call), {
      idleMinutes: call.count("idleMinutes", { default: 15, min: 1, max: 1440 }),
      withoutPolicy: call.has("policy") ? "nothing" : "everything",
      ...(call.has("foreground")
        ? {
            stay: (serving) => {
              call.terminal.note(`signer process ${serving.pid} serves`);
              return call.interrupts.listen(() => undefined);
            },
          }
        : {}),
    });
    if (call.has("foreground")) return undefined;
    return { data: status, text: () => renderSigner(status, call.terminal.paint) };
  },
};
