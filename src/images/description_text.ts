/** Prints an image description as YAML that an import takes. Pure. */
import { stringify } from "yaml";
import type { ImageDescription } from "./description.ts";

const UNITS = [
  ["TiB", 2 ** 40],
  ["GiB", 2 ** 30],
  ["MiB", 2 ** 20],
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
] as const;

export function descriptionText(description: ImageDescription): string {
  const { minimumDiskBytes, minimumMemoryBytes, ...rest } = description;
  const written = {
    ...rest,
    minimumDisk: sizeText(minimumDiskBytes),
    minimumMemory: sizeText(minimumMemoryBytes),
  };
  // No references to what is written twice: the reader refuses them.
  return stringify(written, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** In the largest unit that divides it. */
function sizeText(bytes: number | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const [unit, unitBytes] = UNITS.find(([, one]) => bytes % one === 0) ?? ["B", 1];
  return `${bytes / unitBytes} ${unit}`;
}
