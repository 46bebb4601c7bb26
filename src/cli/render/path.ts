/** Paths for people. */
import { isAbsolute, relative, sep } from "node:path";

/** Relative to the working folder where it lies below it. */
export function showPath(path: string, folder: string): string {
  const below = relative(folder, path);
  const isBelow = below !== "" && below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below);
  return isAbsolute(path) && isBelow ? below : path;
}
