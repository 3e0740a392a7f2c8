/**
 * Which readings are of one switch. Somebody may reach a switch at two addresses, or the switches of an aggregation
 * pair may share a MAC address: one in common proves nothing, most of them do. Pure.
 */
import type { Mac } from "#src/value/mac.ts";
import { chassisKey, isShared, namesDiffer } from "./merge_names.ts";
import type { SwitchReading } from "./reading.ts";

export type ReadingGroup = {
  /** Newest first. */
  readonly readings: readonly [SwitchReading, ...SwitchReading[]];
  /** Of the chassis, else the smallest of its own. */
  readonly key: string;
};

/** Sorted by key. `twice`: pairs that say the same chassis id and are two machines all the same. */
export function groupReadings(readings: readonly SwitchReading[]): {
  readonly groups: readonly ReadingGroup[];
  readonly twice: readonly (readonly [ReadingGroup, ReadingGroup])[];
} {
  const sorted = readings.map((reading) => ({ reading, order: orderOf(reading) })).sort(byOrder);
  const groups: [SwitchReading, ...SwitchReading[]][] = [];
  for (const { reading } of sorted) {
    const same = groups.find(([first]) => isSame(first, reading));
    if (same) same.push(reading);
    else groups.push([reading]);
  }
  return named(groups.map((group) => ({ readings: group, key: keyOf(group[0]) })));
}

/** Newest first; what it says decides between two of one time, so that their order in the input does not. */
const orderOf = (reading: SwitchReading): string =>
  [
    (Number.MAX_SAFE_INTEGER - reading.takenAtMs).toString().padStart(16, "0"),
    keyOf(reading),
    reading.address ?? "",
    reading.system.name,
    reading.ports.length,
    reading.learned.length,
  ].join(" ");

const byOrder = (left: { readonly order: string }, right: { readonly order: string }): number =>
  left.order < right.order ? -1 : Number(left.order > right.order);

function keyOf(reading: SwitchReading): string {
  if (reading.chassisId) return chassisKey(reading.chassisId, reading.system.name);
  const smallest = own(reading).toSorted()[0];
  return smallest ?? reading.address ?? reading.system.name;
}

const own = (reading: SwitchReading): readonly Mac[] => reading.ownMacs.filter((mac) => !isShared(mac));

function isSame(left: SwitchReading, right: SwitchReading): boolean {
  const [fewer, more] = [own(left), own(right)].sort((a, b) => a.length - b.length);
  if (!fewer || !more || fewer.length === 0) return keyOf(left) === keyOf(right) && !areTwo(left, right);
  const known = new Set(more);
  const shared = fewer.filter((mac) => known.has(mac)).length;
  if (shared * 2 > fewer.length) return !serialsDiffer(left, right);
  return keyOf(left) === keyOf(right) && shared > 1 && !areTwo(left, right);
}

/** A cloned configuration has the name, but not the serial number of the other. */
const areTwo = (left: SwitchReading, right: SwitchReading): boolean =>
  serialsDiffer(left, right) || namesDiffer(left.system.name, right.system.name);

function serialsDiffer(left: SwitchReading, right: SwitchReading): boolean {
  const serials = new Set(serialsOf(left));
  const others = serialsOf(right);
  return serials.size > 0 && others.length > 0 && !others.some((serial) => serials.has(serial));
}

const serialsOf = (reading: SwitchReading): readonly string[] =>
  reading.members.map(({ serial }) => serial).filter((serial) => serial !== "");

function named(groups: readonly ReadingGroup[]): ReturnType<typeof groupReadings> {
  const first = new Map<string, ReadingGroup>();
  const twice: (readonly [ReadingGroup, ReadingGroup])[] = [];
  const result = groups.map((group) => {
    const other = first.get(group.key);
    if (!other) {
      first.set(group.key, group);
      return group;
    }
    const own = {
      ...group,
      key: `${group.key} at ${group.readings[0].address ?? serialsOf(group.readings[0])[0] ?? "?"}`,
    };
    twice.push([other, own]);
    return own;
  });
  return { groups: result.sort((left, right) => (left.key < right.key ? -1 : 1)), twice };
}
