import { expect, test } from "vitest";
import type { Attachment, Contradiction, Evidence, Fabric, PortRef } from "#src/fabric/graph.ts";
import { machinePlaces } from "#src/fabric/machine_places.ts";
import type { Mac } from "#src/value/mac.ts";

const MAC = "52:54:00:00:00:01" as Mac;
const OTHER = "52:54:00:00:00:02" as Mac;
const SCANNED_MS = 1000;

const at = (port: number, name = "s1"): PortRef => ({ switch: name, port: `Eth${port}` });
const table = (by = "s1"): Evidence => ({ source: "macTable", by });
const word: Evidence = { source: "lldp", by: "n1" };

const attached = (mac: Mac, ref: PortRef, ...evidence: readonly Evidence[]): Attachment => ({
  ...{ endpoint: "n1", mac, at: ref, confidence: "likely", evidence },
});

const twice = (mac: Mac, ...refs: readonly PortRef[]): Contradiction => ({
  ...{ kind: "macOnTwoPorts", mac, at: refs, text: "…" },
});

const fabric = (
  attachments: readonly Attachment[],
  contradictions: readonly Contradiction[] = [],
): Fabric => ({
  ...{ takenAtMs: SCANNED_MS, links: [], attachments, contradictions },
  switches: [
    {
      ...{ id: "s1", name: "rack1-sw", description: "", addresses: [], macs: [], members: [] },
      ...{ ports: [{ name: "Eth7", member: 2 }], knowledge: "read" },
    },
  ],
});

const portsOf = (one: Fabric, heardAtMs: number, mac = MAC): readonly string[] =>
  machinePlaces(one, () => heardAtMs)
    .placesOf(mac)
    .map(({ switchName, port, member }) =>
      [switchName, port, member].filter((part) => part !== undefined).join(" "),
    );

const EARLIER = 1;
const LATER = 2000;

test.each<readonly [what: string, fabric: Fabric, heardAtMs: number, ports: readonly string[]]>([
  ["a machine that a switch has learnt", fabric([attached(MAC, at(1), table())]), EARLIER, ["rack1-sw Eth1"]],
  ["the member of a stack", fabric([attached(MAC, at(7), table())]), EARLIER, ["rack1-sw Eth7 2"]],
  ["a switch that has no name", fabric([attached(MAC, at(1, "x"), table("x"))]), EARLIER, ["x Eth1"]],
  ["a machine that nobody saw", fabric([]), EARLIER, []],
  ["only its switch is known", fabric([attached(MAC, { switch: "s1" }, word)]), EARLIER, []],
  [
    "two switches that have learnt it",
    fabric([attached(MAC, at(1), table())], [twice(MAC, at(1), at(2, "s2"))]),
    LATER,
    ["rack1-sw Eth1", "s2 Eth2"],
  ],
  [
    "a machine that was carried elsewhere since it spoke",
    fabric([attached(MAC, at(1), word)], [twice(MAC, at(1), at(7))]),
    EARLIER,
    ["rack1-sw Eth7 2"],
  ],
  [
    "a machine that was carried elsewhere since the switch was asked",
    fabric([attached(MAC, at(1), word)], [twice(MAC, at(1), at(7))]),
    LATER,
    ["rack1-sw Eth1"],
  ],
  [
    "a machine that spoke, and that its switch has not learnt since",
    fabric([attached(MAC, at(1), word), attached(OTHER, at(2), table())]),
    EARLIER,
    [],
  ],
  ["a machine whose switch nobody can ask", fabric([attached(MAC, at(1), word)]), EARLIER, ["rack1-sw Eth1"]],
  [
    "a machine that speaks after its switch was asked",
    fabric([attached(MAC, at(1), word), attached(OTHER, at(2), table())]),
    LATER,
    ["rack1-sw Eth1"],
  ],
  [
    "another's contradiction",
    fabric([attached(MAC, at(1), table())], [twice(OTHER, at(1), at(2))]),
    EARLIER,
    ["rack1-sw Eth1"],
  ],
])("%s", (_, one, heardAtMs, ports) => {
  expect(portsOf(one, heardAtMs)).toEqual(ports);
});
