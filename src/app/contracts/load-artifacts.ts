/** The artifacts that a lifecycle file names, by paths relative to it; each file is read once. */
import { dirname, resolve } from "node:path";
import type { Artifact } from "../../ops/contracts/artifact.ts";
import { readArtifactFile } from "./artifact-file.ts";
import type { LoadArtifact } from "./lifecycle-file.ts";

/** @param file the lifecycle file, absolute */
export function artifactsBeside(file: string): LoadArtifact {
  const read = new Map<string, Artifact>();
  return (path, contract) => {
    const key = `${path} ${contract ?? ""}`;
    const artifact = read.get(key) ?? readArtifactFile(resolve(dirname(file), path), path, contract);
    read.set(key, artifact);
    return artifact;
  };
}
