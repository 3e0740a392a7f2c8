/** Ports that LLDP and CDP left open, out of MAC tables. Pure. */
import type { Directions } from "./merge_directions.ts";
import type { Cable, End } from "./merge_model.ts";
import { NOWHERE, type Tables } from "./merge_tables.ts";

/** Only where it is the one cable between its two switches: of several, tables show one. */
export function fillPorts(cables: readonly Cable[], tables: Tables, toward: Directions): readonly Cable[] {
  const pairs = Map.groupBy(cables, ({ ends: [one, other] }) => `${one.at} ${other.at}`);
  return cables.map((cable) => {
    const [one, other] = cable.ends;
    if ((pairs.get(`${one.at} ${other.at}`)?.length ?? 0) > 1) return cable;
    const ends = [filled(one, other.at, tables, toward), filled(other, one.at, tables, toward)] as const;
    return { ...cable, ends };
  });
}

function filled(end: End, to: number, tables: Tables, toward: Directions): End {
  const port = toward[end.at]?.[to] ?? NOWHERE;
  return end.port !== undefined || port <= NOWHERE
    ? end
    : { at: end.at, port: tables.portNames[end.at]?.[port] };
}
