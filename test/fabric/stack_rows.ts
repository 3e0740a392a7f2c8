/**
 * A stack of two boxes with four ports each, made by hand after RFC 6933 (a chassis in a stack), RFC 2863 and IEEE
 * 802.3 clause 30.7: the first port of each box is one aggregate, and both have the same neighbour. Rows as snmpsim has
 * them.
 */
import { ENTITY, INTERFACES, LAG, LLDP, SYSTEM } from "#src/fabric/mib.ts";

const BOXES = [1, 2] as const;
const PORTS = [1, 2, 3, 4] as const;
const AGGREGATE = 1000;
/** IANAifType. */
const IF_TYPE = { ethernet: 6, aggregate: 161 } as const;
/** IANAPhysicalClass. */
const CLASS = { chassis: 3, stack: 11 } as const;
const CHASSIS_HEX = "00aabbcc0001";
const NEIGHBOUR_HEX = "00aabbcc9901";

const text = (oid: string, value: string): string => `${oid}|4|${value}`;
const hex = (oid: string, value: string): string => `${oid}|4x|${value}`;
const integer = (oid: string, value: number): string => `${oid}|2|${value}`;
const gauge = (oid: string, value: number): string => `${oid}|66|${value}`;

const ifIndexOf = (box: number, port: number): number => 100 * box + port;

const systemRows = [
  text(`${SYSTEM.description}.0`, "Stack of two"),
  text(`${SYSTEM.name}.0`, "stack"),
  integer(`${LLDP.ownChassisSubtype}.0`, 4),
  hex(`${LLDP.ownChassisId}.0`, CHASSIS_HEX),
];

const entityRows = [
  integer(`${ENTITY.class}.1`, CLASS.stack),
  integer(`${ENTITY.containedIn}.1`, 0),
  ...BOXES.flatMap((box) => [
    integer(`${ENTITY.class}.${10 + box}`, CLASS.chassis),
    integer(`${ENTITY.containedIn}.${10 + box}`, 1),
    integer(`${ENTITY.parentRelPos}.${10 + box}`, box),
    text(`${ENTITY.name}.${10 + box}`, `Unit ${box}`),
    text(`${ENTITY.model}.${10 + box}`, "S4-X"),
    text(`${ENTITY.serial}.${10 + box}`, `SN00${box}`),
  ]),
];

const interfaceRows = (ifIndex: number, name: string, type: number, speedMbit: number): readonly string[] => [
  text(`${INTERFACES.description}.${ifIndex}`, name),
  integer(`${INTERFACES.type}.${ifIndex}`, type),
  hex(`${INTERFACES.mac}.${ifIndex}`, `00aabbcc01${(ifIndex % 256).toString(16).padStart(2, "0")}`),
  integer(`${INTERFACES.operStatus}.${ifIndex}`, 1),
  text(`${INTERFACES.name}.${ifIndex}`, name),
  gauge(`${INTERFACES.speedMbit}.${ifIndex}`, speedMbit),
];

const portRows = BOXES.flatMap((box) =>
  PORTS.flatMap((port) => [
    ...interfaceRows(ifIndexOf(box, port), `Te${box}/0/${port}`, IF_TYPE.ethernet, 10_000),
    ...(port === 1 ? uplinkRows(box) : []),
  ]),
);

function uplinkRows(box: number): readonly string[] {
  const port = ifIndexOf(box, 1);
  const neighbour = `0.${port}.${box}`;
  return [
    integer(`${LAG.portAttached}.${port}`, AGGREGATE),
    integer(`${LLDP.ownPortSubtype}.${port}`, 5),
    text(`${LLDP.ownPortId}.${port}`, `Te${box}/0/1`),
    integer(`${LLDP.chassisSubtype}.${neighbour}`, 4),
    hex(`${LLDP.chassisId}.${neighbour}`, NEIGHBOUR_HEX),
    integer(`${LLDP.portSubtype}.${neighbour}`, 5),
    text(`${LLDP.portId}.${neighbour}`, `Ethernet${box}`),
    text(`${LLDP.systemName}.${neighbour}`, "spine"),
    hex(`${LLDP.capabilitiesSupported}.${neighbour}`, "20"),
    hex(`${LLDP.capabilitiesEnabled}.${neighbour}`, "20"),
  ];
}

export const STACK: string = [
  ...systemRows,
  ...entityRows,
  ...portRows,
  ...interfaceRows(AGGREGATE, "Po1", IF_TYPE.aggregate, 20_000),
].join("\n");
