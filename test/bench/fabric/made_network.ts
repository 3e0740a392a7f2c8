/** 50 switches in a tree, 48 ports each, and 5,000 machines that every one of them has heard. */
import type { MadeNeighbour, MadeSwitch } from "#test/fabric/switch_rows.ts";

export const SWITCHES = 50;
export const MACHINES = 5000;
const PORTS = 48;
const UPLINK = PORTS;
/** Switches below each one that has any. */
const FAN_OUT = 7;

export const addressOf = (at: number): string => `198.18.1.${at + 1}`;
const nameOf = (at: number): string => `sw${at + 1}`;
const hex = (value: number): string => value.toString(16).padStart(2, "0");
const switchMac = (at: number): string => `02:11:00:00:${hex(at)}:00`;
const machineMac = (at: number): string => `02:22:00:00:${hex(at >> 8)}:${hex(at & 255)}`;

const above = (at: number): number => Math.floor((at - 1) / FAN_OUT);
/** The port towards a switch right below. */
const downPort = (below: number): number => 1 + ((below - 1) % FAN_OUT);
const homeOf = (machine: number): number => machine % SWITCHES;

/** The port of `at` behind which `target` is. */
function portTowards(at: number, target: number): number {
  for (let one = target; one > 0; one = above(one)) if (above(one) === at) return downPort(one);
  return UPLINK;
}

export function madeSwitch(at: number): MadeSwitch {
  const below = Array.from({ length: SWITCHES }, (_, one) => one).filter(
    (one) => one > 0 && above(one) === at,
  );
  const seen = (port: number, other: number, portId: string): MadeNeighbour => ({
    ...{ port, name: nameOf(other), mac: switchMac(other), portId, address: addressOf(other) },
  });
  return {
    ...{ name: nameOf(at), mac: switchMac(at), ports: PORTS, addresses: [addressOf(at)] },
    neighbours: [
      ...(at > 0 ? [seen(UPLINK, above(at), `p${downPort(at)}`)] : []),
      ...below.map((one) => seen(downPort(one), one, `p${UPLINK}`)),
    ],
    learned: Array.from({ length: MACHINES }, (_, machine) => {
      const home = homeOf(machine);
      const port =
        home === at
          ? FAN_OUT + 1 + (Math.floor(machine / SWITCHES) % (PORTS - FAN_OUT - 1))
          : portTowards(at, home);
      return { mac: machineMac(machine), port };
    }),
  };
}
