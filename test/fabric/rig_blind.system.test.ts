/** A network of real switches in which some do not speak LLDP: MAC tables have to tell where they are. */
import { expect, test } from "vitest";
import { isRoot } from "#test/boot/namespaces.ts";
import { viewOf } from "./fabric_view.ts";
import { Rig } from "./rig.ts";
import { portMac, switchPlan } from "./rig_plan.ts";
import { addressOf, scanRig } from "./rig_scan.ts";
import { rigTruth } from "./rig_truth.ts";

/** edge4 can be asked for its MAC table; edge3 is a box that nobody manages, on the third port of the core. */
const READABLE = "edge4";
const DUMB = "edge3";
const BEHIND = `behind ${portMac(switchPlan("core"), 1)} Ethernet3`;

test.skipIf(!isRoot)("MAC tables place edges that speak no LLDP, and their hosts with them", async () => {
  await using rig = await Rig.start({ withoutLldp: [READABLE, DUMB], withoutSnmp: [DUMB] });
  const { fabric, silent } = await scanRig(rig, { seeds: ["core", READABLE].map(addressOf) });
  const { switches, links, machines } = rigTruth(rig.wire);
  const ofDumb = (line: string): boolean => line.includes(DUMB);
  expect(viewOf(fabric)).toEqual({
    switches: [...switches.filter((line) => !ofDumb(line)), `${BEHIND} inferred`].sort(),
    links: links
      .map((line) => (line.includes(READABLE) ? line.replace("certain", "inferred") : line))
      .map((line) => (ofDumb(line) ? `${BEHIND} ? = core Ethernet3 inferred 10000` : line))
      .sort(),
    machines: machines
      .map((line) => (ofDumb(line) ? `${line.split(" ")[0]} ${BEHIND} ? inferred undefined` : line))
      .sort(),
    // Its own address, which it has sent frames with.
    strangers: [`${portMac(switchPlan(DUMB), 0)} ${BEHIND} ?`],
    contradictions: [],
  });
  expect(silent).toEqual([]);
});
