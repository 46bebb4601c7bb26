/** Build artifacts as files: what Hardhat, Foundry and solc leave in a project's folder. */
import { readFileSync, statSync } from "node:fs";
import { type Artifact } from "../../ops/contracts/artifact.ts";
import { readArtifact } from "../../ops/contracts/artifact-formats.ts";
import { failure, reasonOf } from "../failure.ts";

/** A build info of a large project has tens of megabytes. */
const largestBytes = 128 * 1_048_576;

/** @throws FILE_UNREADABLE; ARTIFACT_INVALID, ARTIFACT_HAS_NO_CODE, ABI_INVALID as reading an artifact */
export function readArtifactFile(path: string, shown: string, contract: string | undefined): Artifact {
  return readArtifact(parse(readText(path, shown), shown), { file: shown, contract });
}

function readText(path: string, shown: string): string {
  try {
    const { size } = statSync(path);
    if (size > largestBytes)
      throw failure("ARTIFACT_INVALID", `${shown} has ${size} bytes, at most ${largestBytes} are read`, { file: shown });
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    const reason = reasonOf(error);
    throw failure("FILE_UNREADABLE", `${shown} cannot be read: ${reason}`, { file: shown, reason });
  }
}

/** Not by the strict reader: compilers write syntax trees that nest deeper than canonical data may. */
function parse(text: string, shown: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw failure("ARTIFACT_INVALID", `${shown} is no JSON`, { file: shown });
  }
}
