/** Recordings of real switches, against what LibreNMS made of them and against their rows, counted in another way. */
import { describe, expect, test } from "vitest";
import { macOfText } from "#src/fabric/mac_text.ts";
import { readSwitch } from "#src/fabric/read_switch.ts";
import type { SwitchNeighbour, SwitchReading } from "#src/fabric/reading.ts";
import { type ExpectedSwitch, expectedOf, RECORDED_SWITCHES, recordedWalk } from "./snmprec.ts";

const READINGS: ReadonlyMap<string, SwitchReading> = new Map(
  RECORDED_SWITCHES.map((name) => [name, readSwitch(recordedWalk(name))]),
);
const of = (name: string): SwitchReading => {
  const reading = READINGS.get(name);
  if (!reading) throw new Error(`There is no recording ${name}`);
  return reading;
};
const COMPARED = RECORDED_SWITCHES.flatMap((name) => {
  const expected = expectedOf(name);
  return expected ? [{ name, expected }] : [];
});

describe.skipIf(RECORDED_SWITCHES.length === 0)("recorded switches (skipped without recordings)", () => {
  test.each(COMPARED)("$name: names and states of ports", ({ name, expected }) => {
    const ports = new Map(of(name).ports.map((port) => [port.ifIndex, port]));
    for (const one of expected.ports) {
      const { name: found, aliases = [], isUp } = ports.get(one.ifIndex) ?? {};
      expect([found?.replace(/#[0-9]+$/, ""), ...aliases], `ifIndex ${one.ifIndex}`).toContain(
        one.ifName ?? one.ifDescr,
      );
      expect(isUp, `ifIndex ${one.ifIndex}`).toBe(one.ifOperStatus === "up");
    }
  });

  test.each(COMPARED)("$name: every link that LibreNMS found", ({ name, expected }) => {
    const reading = of(name);
    for (const link of expected.links ?? [])
      expect(neighboursOn(reading, link.ifName).some(isAt(link)), JSON.stringify(link)).toBe(true);
  });

  test.each(RECORDED_SWITCHES)("%s: as many MACs on ports as rows that count", (name) => {
    expect(learnedOf(of(name))).toEqual(countedRows(name, of(name)));
  });

  test.each(RECORDED_SWITCHES)("%s: every neighbour and MAC is on a port that it has", (name) => {
    const { ports, neighbours, learned, lags } = of(name);
    const known = new Set(ports.map(({ ifIndex }) => ifIndex));
    const used = [...neighbours, ...learned, ...lags].map(({ ifIndex }) => ifIndex);
    expect(used.filter((ifIndex) => ifIndex === undefined || !known.has(ifIndex))).toEqual([]);
    expect(new Set(ports.map(({ name: text }) => text)).size).toBe(ports.length);
  });

  test.each(RECORDED_SWITCHES)(
    "%s: neighbours are heard on ports that are up, less the two of a port that flaps",
    (name) => {
      const { ports, neighbours } = of(name);
      const down = new Set(ports.filter(({ isUp }) => !isUp).map(({ ifIndex }) => ifIndex));
      const onDown = neighbours.filter(({ ifIndex }) => ifIndex !== undefined && down.has(ifIndex));
      const excepted: Readonly<Record<string, number>> = { "dlink_dgs-1510-28x-me": 2, arista_eos: 1 };
      expect(onDown).toHaveLength(excepted[name] ?? 0);
    },
  );
});

type Link = NonNullable<ExpectedSwitch["links"]>[number];

const neighboursOn = ({ ports, neighbours }: SwitchReading, name: string): readonly SwitchNeighbour[] =>
  neighbours.filter(({ ifIndex }) => ports.find((port) => port.name === name)?.ifIndex === ifIndex);

/** LibreNMS writes the port id (of ESX the chassis id), then a MAC in brackets: that of the port, else of the chassis. */
function isAt({ protocol, remote_port: remote }: Link): (neighbour: SwitchNeighbour) => boolean {
  const [, port = remote, mac = ""] = /^(.*?) ?(?:\(([0-9a-f]*)\))?$/.exec(remote) ?? [];
  const text = macOfText(port, { isBareTaken: false }) ?? port;
  return ({ protocol: spoken, portId, chassisId }) => {
    const ids = [portId.text, chassisId.text];
    const isMac = mac === "" || ids.some((id) => id.replaceAll(":", "") === mac);
    return spoken === protocol && ids.includes(SPELLED[text] ?? text) && isMac;
  };
}

/** Text with a NUL, which LibreNMS shows in hex. */
const SPELLED: Readonly<Record<string, string>> = { "31 2F 32 35 00": "1/25" };

const learnedOf = ({ learned }: SwitchReading): number =>
  new Set(learned.map(({ mac, ifIndex }) => `${mac} ${ifIndex}`)).size;

/** Numbers that these recordings give for no port of theirs. */
const UNKNOWN_PORTS: Readonly<Record<string, readonly string[]>> = {
  junos_qfx5100: ["4106"],
  routeros_crs317: ["18"],
};

/** Rows of forwarding tables, by the text of the walk alone. */
function countedRows(name: string, { ownMacs }: SwitchReading): number {
  const counted = new Set<string>();
  const macs = new Map<string, string>();
  for (const { oid, value } of recordedWalk(name).varbinds) {
    const sequential = /^1\.3\.6\.1\.2\.1\.17\.4\.3\.1\.1\.([0-9]+)$/.exec(oid)?.[1];
    if (sequential && value.kind === "octets") macs.set(sequential, Buffer.from(value.bytes).toString("hex"));
    const [, tail = ""] = /^1\.3\.6\.1\.2\.1\.17\.(?:7\.1\.2\.2|4\.3)\.1\.2\.(.*)$/.exec(oid) ?? [];
    if (tail === "" || value.kind !== "number" || value.number < 1) continue;
    if (UNKNOWN_PORTS[name]?.includes(String(value.number))) continue;
    const numbers = tail.split(".").map(Number);
    const hex = macs.get(tail) ?? Buffer.from(numbers.slice(-6)).toString("hex");
    const mac = (hex.match(/../g) ?? []).join(":");
    const isOwn = ownMacs.some((own) => own === mac);
    if (!isOwn && (Number.parseInt(hex.slice(0, 2), 16) & 1) === 0) counted.add(`${mac} ${value.number}`);
  }
  return counted.size;
}
