/** One row for each finding: the fact that makes it, and the nearest one that does not. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DoctorFacts, HostFacts, InterfaceFacts, OtherServer } from "#src/doctor/facts.ts";
import { findingsOf } from "#src/doctor/findings.ts";
import type { Mac } from "#src/value/mac.ts";
import { eth1, healthy, host, ip } from "./healthy.ts";

const onHost = (change: Partial<HostFacts>): DoctorFacts => ({ ...healthy, host: { ...host, ...change } });
const onWire = (change: Partial<InterfaceFacts>, more: Partial<HostFacts> = {}): DoctorFacts => ({
  ...onHost(more),
  interfaces: [{ ...eth1, ...change }],
});
const pool = (free: number): DoctorFacts => ({
  ...healthy,
  pools: [{ first: ip("10.77.0.100"), last: ip("10.77.0.199"), addresses: 100, free }],
});
const beside = (other: Partial<OtherServer>): DoctorFacts =>
  onWire({ isProxy: true, otherServers: [{ server: ip("10.77.0.9"), ...other }] });
const mac = "52:54:00:00:00:09" as Mac;
const holder = { processId: 812, program: "dnsmasq" };

type Row = {
  readonly check: string;
  readonly severity: string;
  readonly bad: DoctorFacts;
  readonly good: DoctorFacts;
  /** Stands in what was found or in the fix. */
  readonly says: string;
};

const ROWS: readonly Row[] = [
  {
    check: "would-not-start",
    severity: "error",
    bad: {
      ...healthy,
      refusals: ['Cannot serve "eth1": it is down; switch it on with: ip link set eth1 up'],
    },
    good: healthy,
    says: 'Cannot serve "eth1": it is down',
  },
  {
    check: "no-link",
    severity: "error",
    bad: onWire({ hasLink: false }),
    good: onWire({ hasLink: true }),
    says: '"eth1" has no link',
  },
  {
    check: "container-without-broadcasts",
    severity: "warning",
    bad: onWire({ kind: "veth" }, { container: "docker" }),
    good: onWire({ kind: "macvlan" }, { container: "docker" }),
    says: "container (docker)",
  },
  {
    check: "other-dhcp-server",
    severity: "error",
    bad: onWire({ otherServers: [{ server: ip("10.77.0.9") }] }),
    good: beside({}),
    says: "10.77.0.9",
  },
  {
    check: "left-over-option-60",
    severity: "error",
    bad: beside({ vendorClass: "PXEClient" }),
    good: beside({}),
    says: 'option 60 (vendor class) "PXEClient"',
  },
  {
    check: "left-over-option-43",
    severity: "warning",
    bad: beside({ hasVendorOptions: true }),
    good: beside({ hasVendorOptions: false }),
    says: "option 43",
  },
  {
    check: "other-boot-file",
    severity: "warning",
    bad: beside({ bootFile: "pxelinux.0" }),
    good: beside({}),
    says: '"pxelinux.0"',
  },
  {
    check: "narrow-interface",
    severity: "warning",
    bad: onWire({ narrower: [{ name: "tap0", mtuBytes: 1400 }] }),
    good: onWire({ narrower: [] }),
    says: "ip link set eth1 mtu 1400",
  },
  {
    check: "narrow-path",
    severity: "warning",
    bad: onWire({ narrowPaths: [{ to: "10.78.0.5", mtuBytes: 1420 }] }),
    good: onWire({ narrowPaths: [] }),
    says: "10.78.0.5",
  },
  {
    check: "small-mtu",
    severity: "warning",
    bad: onWire({ mtuBytes: 1499 }),
    good: onWire({ mtuBytes: 1500 }),
    says: "1499 bytes",
  },
  {
    check: "large-mtu",
    severity: "note",
    bad: onWire({ mtuBytes: 9000 }),
    good: onWire({ mtuBytes: 1500 }),
    says: "9000 bytes",
  },
  {
    check: "duplicate-own-address",
    severity: "error",
    bad: onWire({ ownAddressAt: [mac] }),
    good: onWire({ ownAddressAt: [] }),
    says: `10.77.0.1 on "eth1" is also that of ${mac}`,
  },
  {
    check: "duplicate-node-address",
    severity: "warning",
    bad: onWire({ takenFromNodes: [{ node: "node7", address: ip("10.77.0.7"), mac }] }),
    good: onWire({ takenFromNodes: [] }),
    says: "10.77.0.7, which is fixed for node7",
  },
  {
    check: "port-taken",
    severity: "error",
    bad: onHost({ takenPorts: [{ transport: "udp", port: 4011, purpose: "firmware", holder }] }),
    good: onHost({ takenPorts: [] }),
    says: "UDP port 4011 is taken by process 812 (dnsmasq)",
  },
  {
    check: "clock-wrong",
    severity: "error",
    bad: onHost({ nowMs: Date.UTC(1970, 0, 1) }),
    good: onHost({ nowMs: host.programFromMs - 3_600_000 }),
    says: "the clock says 1970-01-01",
  },
  {
    check: "clock-jumped",
    severity: "warning",
    bad: onHost({ clockSetByMs: -61_000 }),
    good: onHost({ clockSetByMs: -59_000 }),
    says: "by -61 s",
  },
  {
    check: "clock-not-synchronised",
    severity: "note",
    bad: onHost({ isClockSynchronised: false }),
    good: onHost({ isClockSynchronised: undefined }),
    says: "timedatectl set-ntp true",
  },
  {
    check: "small-receive-buffer",
    severity: "warning",
    bad: onHost({ receiveBufferMaxBytes: (4 << 20) - 1 }),
    good: onHost({ receiveBufferMaxBytes: undefined }),
    says: "sysctl -w net.core.rmem_max=4194304",
  },
  {
    check: "small-neighbour-table",
    severity: "error",
    bad: onHost({ neighbourLimit: 63 }),
    good: onHost({ neighbourLimit: 128 }),
    says: "63 neighbours",
  },
  {
    check: "small-neighbour-table",
    severity: "warning",
    bad: onHost({ neighbourLimit: 127 }),
    good: onHost({ neighbourLimit: undefined }),
    says: "127 neighbours",
  },
  {
    check: "no-packet-sockets",
    severity: "warning",
    bad: onHost({ hasPacketSockets: false }),
    good: onHost({ hasPacketSockets: true }),
    says: "AF_PACKET",
  },
  {
    check: "data-not-writable",
    severity: "error",
    bad: onHost({ data: { ...host.data, whyNotWritable: "EROFS" } }),
    good: healthy,
    says: 'data folder "/var/lib/brigade" cannot be written: EROFS',
  },
  {
    check: "data-space",
    severity: "error",
    bad: onHost({ data: { ...host.data, freeBytes: 199e6 } }),
    good: onHost({ data: { ...host.data, freeBytes: 5e9 } }),
    says: "199 MB are free",
  },
  {
    check: "data-space",
    severity: "warning",
    bad: onHost({ data: { ...host.data, freeBytes: 200e6 } }),
    good: onHost({ data: { ...host.data, freeBytes: 5e9 } }),
    says: "200 MB are free",
  },
  {
    check: "firewall",
    severity: "note",
    bad: onHost({ droppingChains: ["inet filter input"] }),
    good: onHost({ droppingChains: [] }),
    says: "inet filter input",
  },
  {
    check: "not-looked",
    severity: "note",
    bad: onHost({ missingPrograms: ["nft"] }),
    good: onHost({ missingPrograms: [] }),
    says: '"nft" is not installed',
  },
  { check: "pool-nearly-full", severity: "error", bad: pool(0), good: pool(21), says: "100 of the 100" },
  { check: "pool-nearly-full", severity: "warning", bad: pool(20), good: pool(21), says: "80 of the 100" },
];

describe.each(ROWS)("$check ($severity)", ({ check, severity, bad, good, says }) => {
  test("is found, with its fix", () => {
    const found = findingsOf(bad);
    expect(found.map((one) => [one.check, one.severity])).toEqual([[check, severity]]);
    const [{ found: what, fix, why } = { found: "", fix: "", why: "" }] = found;
    expect(`${what} ${fix}`).toContain(says);
    expect(Math.min(fix.length, why.length)).toBeGreaterThan(15);
  });

  test("is not found where it is not", () => {
    expect(findingsOf(good)).toEqual([]);
  });
});

test("the worst comes first", () => {
  const facts = onWire({ mtuBytes: 9000, hasLink: false }, { clockSetByMs: 100_000 });
  expect(findingsOf(facts).map(({ severity }) => severity)).toEqual(["error", "warning", "note"]);
});

test("a refusal is cut into what was found and what to do", () => {
  const [finding] = findingsOf({ ...healthy, refusals: ["Cannot A: b; c; do d", "Cannot e"] });
  expect(finding).toMatchObject({ found: "Cannot A: b; c", fix: "do d" });
});

test("the manual's page of messages has every finding with its severities", () => {
  const page = readFileSync("appliance/manual/messages.md", "utf8");
  const rows = Object.entries(Object.groupBy(ROWS, ({ check }) => check)).map(
    ([check, same = []]) => `| \`${check}\` | ${same.map(({ severity }) => severity).join(", ")} |`,
  );
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  const listed = page.match(/^\| `[a-z0-9-]+` \| (?:error|warning|note)/gm);
  expect(listed).toHaveLength(rows.length);
});
