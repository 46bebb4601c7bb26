import type { CommandSpec } from "../command.ts";
import { keystoreOptions, lockedVaultOf, verifiedOption } from "../keystore-options.ts";

/** `mfm keystore list` */
export const keystoreList: CommandSpec = {
  path: ["keystore", "list"],
  summary: "list the keys of the vault",
  about:
    "Labels and addresses are no secret, so the vault stays locked; what is listed then is marked unverified, because whoever can write the file could have written it.",
  options: [
    { flags: "--show-addresses", about: "with the addresses" },
    { flags: "--filter-label <pattern>", about: "only labels that this regular expression matches" },
    { flags: "--sort-by <member>", about: "default created", choices: ["label", "created", "type"] },
    verifiedOption,
    ...keystoreOptions,
  ],
  examples: [
    { line: "mfm keystore list --show-addresses", about: "needs no passphrase" },
    { line: "mfm keystore list --verified", about: "asks for it, and lists what is authentic" },
  ],
  async run(call) {
    const [{ listKeys, sortings }, { renderListing }] = await Promise.all([
      import("../../app/keystore/keys.ts"),
      import("../render/keystore.ts"),
    ]);
    const sortBy = sortings.find((known) => known === call.text("sortBy")) ?? "created";
    const listing = await listKeys(call.place, lockedVaultOf(call), { filterLabel: call.text("filterLabel"), sortBy });
    const shown = call.has("showAddresses");
    const entries = listing.entries.map(({ policy, address, ...entry }) => ({
      ...entry,
      address: shown ? address : null,
      hasPolicy: policy !== null,
    }));
    return { data: { ...listing, entries }, text: () => renderListing({ ...listing, entries }, call.terminal.paint) };
  },
};
