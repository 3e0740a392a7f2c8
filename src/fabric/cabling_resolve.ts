/** Finds the switches and ports of a fabric that a cabling file speaks of. Pure. */
import type { CablingFact, WrittenPort } from "./cabling_types.ts";
import type { Fabric, FabricSwitch, PortRef } from "./graph.ts";
import { matchPort } from "./port_match.ts";

export type Resolved =
  | { readonly ok: true; readonly at: PortRef & { readonly port: string }; readonly switch: FabricSwitch }
  | { readonly ok: false; readonly fact: CablingFact };

export type Resolve = (written: WrittenPort) => Resolved;

/** A switch goes by its name, its name without the domain, its id or an address. */
export function resolverOf({ switches }: Fabric): Resolve {
  const ids = new Map(switches.map((one) => [one.id, one]));
  const exact = Map.groupBy(
    switches.flatMap((one) => [one.name.toLowerCase(), ...one.addresses].map((name) => ({ name, one }))),
    ({ name }) => name,
  );
  const short = Map.groupBy(switches, ({ name }) => name.toLowerCase().split(".")[0] ?? "");
  const find = (text: string): readonly FabricSwitch[] => {
    const own = ids.get(text);
    if (own) return [own];
    const named = (exact.get(text.toLowerCase()) ?? []).map(({ one }) => one);
    return [...new Set(named.length > 0 ? named : (short.get(text.toLowerCase()) ?? []))];
  };
  return (written) => {
    const [found, ...others] = find(written.switch);
    if (!found) return { ok: false, fact: { kind: "unknownSwitch", name: written.switch } };
    if (others.length > 0)
      return { ok: false, fact: { kind: "ambiguousSwitch", name: written.switch, count: others.length + 1 } };
    return resolvePort(found, written.port);
  };
}

/** Of a switch that was not read not all ports are known: there the port is taken as it is written. */
function resolvePort(found: FabricSwitch, port: string): Resolved {
  const [name, ...others] = matchPort(found.ports, port);
  if (others.length > 0)
    return {
      ok: false,
      fact: { kind: "ambiguousPort", name: found.name, port, like: [name ?? "", ...others] },
    };
  if (name === undefined && found.knowledge === "read")
    return { ok: false, fact: { kind: "unknownPort", name: found.name, port } };
  return { ok: true, at: { switch: found.id, port: name ?? port }, switch: found };
}
