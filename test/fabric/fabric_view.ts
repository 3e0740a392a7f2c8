/** A fabric as sorted lines that people can compare: switches by their names, no ids, no evidence. Pure. */
import type { Fabric, PortRef } from "#src/fabric/graph.ts";

export type FabricView = {
  /** `NAME knowledge` */
  readonly switches: readonly string[];
  /** `SWITCH PORT = SWITCH PORT confidence speed` */
  readonly links: readonly string[];
  /** `ENDPOINT SWITCH PORT confidence speed`; those that nobody knows left out. */
  readonly machines: readonly string[];
  /** Where somebody is that no endpoint is known for. */
  readonly strangers: readonly string[];
  readonly contradictions: readonly string[];
};

export function viewOf({ switches, links, attachments, contradictions }: Fabric): FabricView {
  const names = new Map(switches.map(({ id, name }) => [id, name]));
  const place = ({ switch: id, port = "?" }: PortRef): string => `${names.get(id) ?? id} ${port}`;
  const known = attachments.filter(({ endpoint }) => endpoint !== undefined);
  return {
    switches: switches.map(({ name, knowledge }) => `${name} ${knowledge}`).sort(),
    links: links
      .map(({ ends, confidence, speedMbit }) => linkLine(ends.map(place), confidence, speedMbit))
      .sort(),
    machines: known
      .map(({ endpoint, at, confidence, speedMbit }) => `${endpoint} ${place(at)} ${confidence} ${speedMbit}`)
      .sort(),
    strangers: attachments.flatMap(({ endpoint, mac, at }) =>
      endpoint === undefined ? [`${mac} ${place(at)}`] : [],
    ),
    contradictions: contradictions.map(({ kind, text }) => `${kind}: ${text}`),
  };
}

export const linkLine = (
  ends: readonly string[],
  confidence: string,
  speedMbit: number | undefined,
): string => `${ends.toSorted().join(" = ")} ${confidence} ${speedMbit}`;
