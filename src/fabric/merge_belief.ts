/**
 * What to believe where claims on one port cannot all be true. What a switch hears on its own port counts more than
 * what another says of that port; LLDP counts more than CDP. Pure.
 */
import type { Cable, Claim, End, Known, Notes } from "./merge_model.ts";
import { portId } from "./merge_model.ts";
import { cdpFromBeyond, portTaken, selfHeard } from "./merge_notes.ts";
import { wholePort } from "./merge_ports.ts";

/** Without CDP that came through a switch which speaks LLDP, and without switches that hear themselves. */
export function believedClaims(
  switches: readonly Known[],
  claims: readonly Claim[],
  notes: Notes,
): readonly Claim[] {
  const loops = claims.filter(({ near, far }) => near.at === far.at);
  for (const { near, far } of loops) notes.push(selfHeard(switches, near, far));
  const lldp = Map.groupBy(
    claims.filter(({ source }) => source === "lldp"),
    ({ near }) => keyOf(switches, near),
  );
  return claims.filter((claim) => {
    const surer =
      claim.source === "cdp" && claim.near.port !== undefined ? lldp.get(keyOf(switches, claim.near)) : [];
    const [other] = surer ?? [];
    if (!other || surer?.some(({ far }) => far.at === claim.far.at)) return claim.near.at !== claim.far.at;
    notes.push(cdpFromBeyond(switches, claim.near, other.far, claim.far));
    return false;
  });
}

/** A port of another switch that this one hears somebody else on is not believed; the link to that switch is. */
export function believedPorts(
  switches: readonly Known[],
  cables: readonly Cable[],
  notes: Notes,
): readonly Cable[] {
  const heard = new Map<string, End[]>();
  for (const { ends, said } of cables)
    ends.forEach((end, side) => {
      const far = ends[1 - side];
      if (!far || end.port === undefined || !said.some(({ by }) => by === end.at)) return;
      const key = keyOf(switches, end);
      const fars = heard.get(key);
      if (fars) fars.push(far);
      else heard.set(key, [far]);
    });
  return cables.map((cable) => withoutTaken(switches, cable, heard, notes));
}

function withoutTaken(
  switches: readonly Known[],
  cable: Cable,
  heard: ReadonlyMap<string, readonly End[]>,
  notes: Notes,
): Cable {
  const ends = cable.ends.map((end, side): End => {
    const near = cable.ends[1 - side];
    const isHearsay = end.port !== undefined && !cable.said.some(({ by }) => by === end.at);
    const hears = isHearsay ? (heard.get(keyOf(switches, end)) ?? []) : [];
    if (!near || hears.length === 0 || hears.some(({ at }) => at === near.at)) return end;
    notes.push(portTaken(switches, { near, far: end }, hears));
    return { at: end.at };
  });
  const [one, other] = ends;
  return one && other ? { ...cable, ends: [one, other] } : cable;
}

const keyOf = (switches: readonly Known[], { at, port }: End): string =>
  portId(at, port === undefined ? "" : wholePort(switches[at]?.book, port));
