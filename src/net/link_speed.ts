import { readFileSync } from "node:fs";
import type { Mac } from "#src/value/mac.ts";

/**
 * Speed of an interface's link in Mbit/s, where the driver tells it.
 *
 * @returns undefined without a link, for virtual cards that have no speed, and when /sys shows another network namespace
 */
export function linkSpeedMbit({
  name,
  mac,
}: {
  readonly name: string;
  readonly mac: Mac;
}): number | undefined {
  try {
    const read = (file: string): string => readFileSync(`/sys/class/net/${name}/${file}`, "utf8").trim();
    const mbit = Number(read("speed"));
    return read("address") === mac && mbit > 0 ? mbit : undefined;
  } catch {
    return undefined;
  }
}
