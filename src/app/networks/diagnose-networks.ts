/** What the configuration says of networks, for `mfm doctor`: names and where each is read, never a URL. */
import { failure } from "../failure.ts";
import type { NetworkTable } from "./network-table.ts";
import type { Networks, Sources } from "./networks.ts";

/** @throws NETWORK_NOT_READY, CONFIG_INVALID when a variable is missing, holds no URL or names no network */
export async function describeNetworks(networks: Networks): Promise<string> {
  const stray = await networks.strayVariables();
  const [first] = stray;
  if (first !== undefined) throw failure("CONFIG_INVALID", `${stray.join(", ")}: no network has such a name`, { variable: first });
  const sources = await Promise.all(networks.configured.map(({ id }) => networks.sourcesOf(id)));
  const words = networks.configured.flatMap((table, index) => {
    const found = sources[index];
    return found === undefined ? [] : [describeTable(table, found)];
  });
  const used = new Set(sources.map(({ variable }) => variable));
  for (const variable of networks.variables) {
    networks.endpointsOf(variable);
    if (!used.has(variable)) words.push(`that of ${variable}`);
  }
  const known = `${words.length === 0 ? "" : "other "}known chains through their public endpoints`;
  return [...words, known].join("; ");
}

function describeTable({ name, id }: NetworkTable, { origin, variable, endpoints }: Sources): string {
  const place = `${name} (${id})`;
  if (variable !== null) return `${place} from ${variable}`;
  return origin === "file" ? `${place} from the file: ${endpoints.map(({ ref }) => ref).join(", ")}` : `${place} through public endpoints`;
}
