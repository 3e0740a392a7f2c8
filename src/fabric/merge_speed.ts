/** How fast links are, in Mbit/s, by what both ends say. Pure. */
import type { End, Known } from "./merge_model.ts";
import type { SwitchPort } from "./reading.ts";

export const portAt = (switches: readonly Known[], { at, port }: End): SwitchPort | undefined =>
  port === undefined ? undefined : switches[at]?.book?.byName.get(port);

/** The slower of both ends, where they differ; `undefined` where neither says. */
export function cableSpeed(switches: readonly Known[], ends: readonly [End, End]): number | undefined {
  const speeds = ends.flatMap((end) => portAt(switches, end)?.speedMbit ?? []);
  return speeds.length === 0 ? undefined : Math.min(...speeds);
}

type Aggregate = {
  readonly ends: readonly [End, End];
  readonly cables: readonly { readonly ends: readonly [End, End] }[];
};

/** The sum of its members that are up, else of its cables; where neither tells, what the aggregate says of itself. */
export function lagSpeed(switches: readonly Known[], link: Aggregate): number | undefined {
  const sums = link.ends.flatMap((end) => membersSpeed(switches, end) ?? []);
  return sums.length > 0 ? Math.min(...sums) : cablesSpeed(switches, link);
}

/** The sum of its cables that are up. */
export function cablesSpeed(switches: readonly Known[], link: Aggregate): number | undefined {
  const up = link.cables.filter(({ ends }) => ends.every((end) => portAt(switches, end)?.isUp !== false));
  const speeds = up.flatMap(({ ends }) => cableSpeed(switches, ends) ?? []);
  return speeds.length === 0 ? cableSpeed(switches, link.ends) : speeds.reduce((sum, one) => sum + one, 0);
}

/** Of an aggregate by its members that are up. */
function membersSpeed(switches: readonly Known[], end: End): number | undefined {
  const book = switches[end.at]?.book;
  const members = end.port === undefined ? [] : (book?.membersOf.get(end.port) ?? []);
  const speeds = members.flatMap((name) => {
    const port = book?.byName.get(name);
    return port?.isUp && port.speedMbit !== undefined ? port.speedMbit : [];
  });
  return speeds.length === 0 ? undefined : speeds.reduce((sum, one) => sum + one, 0);
}
