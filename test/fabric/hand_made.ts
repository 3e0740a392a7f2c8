/** Readings by hand: what a test says of a switch, and nothing else. */

import type { LldpFrame } from "#src/fabric/lldp.ts";
import { type ChassisId, type PortId, readChassisId, readPortId } from "#src/fabric/lldp_id.ts";
import type { MergeInput } from "#src/fabric/merge_model.ts";
import type {
  HeardFrame,
  Lag,
  LearnedMac,
  SwitchNeighbour,
  SwitchPort,
  SwitchReading,
} from "#src/fabric/reading.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type Mac, macBytes, parseMac } from "#src/value/mac.ts";

/** `02:aa:00:00:00:NN`: of machines. */
export const hostMac = (number: number): Mac => numbered("02aa", number);
/** `02:bb:00:00:00:NN`: of switches. */
export const switchMac = (number: number): Mac => numbered("02bb", number);

function numbered(prefix: string, number: number): Mac {
  const mac = parseMac(`${prefix}${number.toString(16).padStart(8, "0")}`);
  if (!mac) throw new RangeError(`Cannot make a MAC address of ${number}`);
  return mac;
}

export const macChassis = (mac: Mac): ChassisId =>
  readChassisId(Buffer.concat([Uint8Array.of(4), macBytes(mac)]));
export const textChassis = (text: string, subtype = 7): ChassisId =>
  readChassisId(Buffer.concat([Uint8Array.of(subtype), Buffer.from(text)]));
export const macPort = (mac: Mac): PortId => readPortId(Buffer.concat([Uint8Array.of(3), macBytes(mac)]));
/** Subtype 5: interface name. */
export const textPort = (text: string, subtype = 5): PortId =>
  readPortId(Buffer.concat([Uint8Array.of(subtype), Buffer.from(text)]));

export const port = (ifIndex: number, rest: Partial<SwitchPort> = {}): SwitchPort => ({
  ifIndex,
  name: `p${ifIndex}`,
  aliases: [],
  kind: "ethernet",
  isUp: true,
  speedMbit: 1000,
  ...rest,
});

/** A switch `sN` with ports `p1` to `p8`, chassis id and MAC address {@link switchMac} N. */
export const reading = (number: number, rest: Partial<SwitchReading> = {}): SwitchReading => ({
  takenAtMs: 1000,
  gaps: [],
  system: { name: `s${number}`, description: "", objectId: "" },
  chassisId: macChassis(switchMac(number)),
  ownMacs: [switchMac(number)],
  ownAddresses: [addressOf(number)],
  members: [],
  ports: Array.from({ length: 8 }, (_, index) => port(index + 1)),
  lags: [],
  neighbours: [],
  learned: [],
  arp: [],
  ...rest,
});

export const addressOf = (number: number): Ipv4 => `10.0.0.${number}` as Ipv4;

/** On port `ifIndex` the switch `number` is heard, on its port `far`. */
export const hears = (
  ifIndex: number,
  number: number,
  far: number | string,
  rest: Partial<SwitchNeighbour> = {},
): SwitchNeighbour => ({
  protocol: "lldp",
  ifIndex,
  chassisId: macChassis(switchMac(number)),
  portId: textPort(typeof far === "number" ? `p${far}` : far),
  portDescription: "",
  systemName: `s${number}`,
  systemDescription: "",
  addresses: [addressOf(number)],
  isBridge: true,
  ...rest,
});

/** The MAC addresses learnt on port `ifIndex`. */
export const learnt = (ifIndex: number, ...macs: readonly Mac[]): readonly LearnedMac[] =>
  macs.map((mac) => ({ mac, ifIndex, vlanId: 1 }));

export const lag = (ifIndex: number, ...members: readonly number[]): Lag => ({ ifIndex, members });

/** Node `endpoint` hears port `far` of switch `number` on its card with {@link hostMac} `host`. */
export const heard = (
  endpoint: string,
  { host, number, far }: { readonly host: number; readonly number: number; readonly far: number | string },
  frame: Partial<LldpFrame> = {},
): HeardFrame => ({
  endpoint,
  nic: "eth0",
  nicMac: hostMac(host),
  frame: {
    source: switchMac(number),
    destination: parseMac("0180c200000e") as Mac,
    chassisId: macChassis(switchMac(number)),
    portId: textPort(typeof far === "number" ? `p${far}` : far),
    ttlSec: 120,
    systemName: `s${number}`,
    managementAddresses: [],
    dot1: { vlanNames: [] },
    dot3: {},
    passedOver: { unknown: 0, malformed: 0, repeated: 0, overLimit: 0 },
    ended: "end" as LldpFrame["ended"],
    ...frame,
  },
});

export const scan = (rest: Partial<MergeInput>): MergeInput => ({
  readings: [],
  heard: [],
  silent: [],
  endpoints: [],
  ...rest,
});
