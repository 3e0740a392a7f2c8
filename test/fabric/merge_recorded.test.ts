/** Recordings of switches of many makes, each alone: what LibreNMS found is there, and nothing that is none is a switch. */
import { describe, expect, test } from "vitest";
import type { Fabric } from "#src/fabric/graph.ts";
import { mergeFabric } from "#src/fabric/merge.ts";
import { readSwitch } from "#src/fabric/read_switch.ts";
import type { SwitchReading } from "#src/fabric/reading.ts";
import { expectedOf, RECORDED_SWITCHES, recordedWalk } from "./snmprec.ts";

const ALONE = RECORDED_SWITCHES.map((name) => {
  const reading = readSwitch(recordedWalk(name));
  return {
    name,
    reading,
    fabric: mergeFabric({ readings: [reading], heard: [], silent: [], endpoints: [] }),
  };
});

/** Ports of the switch that was read where somebody is, an aggregate standing for its members. */
function usedPorts({ links, attachments, switches }: Fabric): ReadonlySet<string | undefined> {
  const own = switches.find(({ knowledge }) => knowledge === "read" || knowledge === "partial");
  const ends = [
    ...links.flatMap(({ ends: both, cables }) => [...both, ...cables.flat()]),
    ...attachments.map(({ at }) => at),
  ];
  return new Set(ends.filter((end) => end.switch === own?.id).map(({ port }) => port));
}

describe.skipIf(ALONE.length === 0)("each recording alone (skipped without recordings)", () => {
  test.each(ALONE)("$name: every link that LibreNMS found has somebody at its port", ({ name, fabric }) => {
    const used = usedPorts(fabric);
    for (const { ifName } of expectedOf(name)?.links ?? []) expect(used, ifName).toContain(ifName);
  });

  test.each(ALONE)(
    "$name: one switch was read, and each other is somebody who may be one",
    ({ fabric, reading }) => {
      const others = fabric.switches.filter(
        ({ knowledge }) => knowledge === "seen" || knowledge === "inferred",
      );
      expect(fabric.switches.length - others.length).toBe(1);
      const speakers = new Set(
        reading.neighbours
          .filter(mayBeSwitch)
          .map(({ chassisId, systemName }) => systemName || chassisId.text),
      );
      expect(others.filter(({ name }) => !speakers.has(name)).map(({ name }) => name)).toEqual([]);
    },
  );

  test.each(ALONE)(
    "$name: no port has both ends of a link, and no machine is the switch",
    ({ fabric, reading }) => {
      expect(fabric.links.filter(({ ends: [one, other] }) => one.switch === other.switch)).toEqual([]);
      const own = new Set<string>(reading.ownMacs);
      expect(fabric.attachments.filter(({ mac }) => own.has(mac))).toEqual([]);
    },
  );

  test.each(ALONE.filter(({ name }) => name !== HEARD_FROM_AFAR))(
    "$name: contradictions are those that are in the recording",
    ({ name, fabric }) => {
      expect(fabric.contradictions.map(({ kind }) => kind)).toEqual(CONTRADICTIONS[name] ?? []);
    },
  );

  test("all together: the links of each network, and none between networks that have nothing to do with each other", () => {
    const networks = Map.groupBy(ALONE, ({ name }) => (name.startsWith("dlink") ? "dlink" : name));
    const apart = [...networks.values()].flatMap((members) => linksOf(members.map(({ reading }) => reading)));
    expect(linksOf(ALONE.map(({ reading }) => reading)).sort()).toEqual(apart.sort());
  });
});

const linksOf = (readings: readonly SwitchReading[]): string[] =>
  mergeFabric({ readings, heard: [], silent: [], endpoints: [] }).links.map(
    ({ ends, speedMbit, confidence }) => JSON.stringify([ends, speedMbit, confidence]),
  );

const mayBeSwitch = ({ isBridge, systemName }: SwitchReading["neighbours"][number]): boolean =>
  isBridge === true || (isBridge === undefined && systemName !== "");

/** MikroTik: its neighbours are heard through bridges and over VLANs, and it does not tell which ports are one. */
const HEARD_FROM_AFAR = "routeros_crs317";

/** FortiSwitch: a phone moved from one port to another. Huawei: two cables to one switch. */
const CONTRADICTIONS: Readonly<Record<string, readonly string[]>> = {
  "fortiswitch_148f-fpoe": ["macOnTwoPorts"],
  vrp_5720: ["ring"],
};
