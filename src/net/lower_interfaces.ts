/**
 * The cards below a bridge, a bond or a VLAN. A bridge keeps frames to the nearest bridge for the port that they
 * came in on, and a bond for its member: who listens on the upper interface alone never hears a switch.
 */
import { readdirSync, readFileSync } from "node:fs";

/** VLAN over bond over card, and one more. */
const MAX_DEPTH = 3;
const MAX_INTERFACES = 64;

export type LowerInterface = { readonly name: string; readonly index: number };

/**
 * @param sys for tests
 * @returns itself first, then those below it; itself alone when /sys shows another network namespace
 */
export function withLowerInterfaces(
  own: LowerInterface,
  sys = "/sys/class/net",
): readonly [LowerInterface, ...LowerInterface[]] {
  const found: [LowerInterface, ...LowerInterface[]] = [own];
  if (indexOf(sys, own.name) !== own.index) return found;
  let level: readonly LowerInterface[] = [own];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    level = level
      .flatMap(({ name }) => lowerOf(sys, name))
      .filter(({ index }) => found.every((other) => other.index !== index))
      .slice(0, MAX_INTERFACES - found.length);
    found.push(...level);
  }
  return found;
}

function lowerOf(sys: string, name: string): readonly LowerInterface[] {
  try {
    return readdirSync(`${sys}/${name}`)
      .filter((entry) => entry.startsWith("lower_"))
      .flatMap((entry) => {
        const lower = entry.slice("lower_".length);
        const index = indexOf(sys, lower);
        return index === undefined ? [] : [{ name: lower, index }];
      });
  } catch {
    return [];
  }
}

function indexOf(sys: string, name: string): number | undefined {
  try {
    const index = Number(readFileSync(`${sys}/${name}/ifindex`, "utf8"));
    return Number.isInteger(index) && index > 0 ? index : undefined;
  } catch {
    return undefined;
  }
}
