/** Frames of real devices, and captures that broke other decoders. */
import { describe, expect, test } from "vitest";
import { decodeLldp, type LldpFrame } from "#src/fabric/lldp.ts";
import { hasRecordings } from "#test/net/recordings.ts";
import { CHASSIS, frameOf, PORT, recordedLldp, TTL } from "./lldp_frames.ts";
import { checkedLldp } from "./lldp_invariants.ts";

const recorded = recordedLldp();
const of = (name: string): Uint8Array =>
  recorded.find(({ file }) => file === name)?.bytes ?? new Uint8Array();

function readOk(bytes: Uint8Array): LldpFrame {
  const decoded = decodeLldp(bytes);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
  return decoded.value;
}

const NOTHING_ODD = { malformed: 0, repeated: 0, overLimit: 0 };

/** What tcpdump prints of them, too. */
const DEVICES = [
  {
    file: "8023bt.pcap",
    chassis: "c0:64:e4:a9:9b:80",
    port: "Gi1/0/2",
    says: {
      systemName: "cisco-bt-switch",
      portDescription: "GigabitEthernet1/0/2",
      managementAddresses: [
        {
          address: { kind: "ipv4", address: "192.168.1.1" },
          numbering: "systemPortNumber",
          interfaceNumber: 53,
        },
      ],
      dot1: { portVlanId: 1 },
      dot3: { macPhy: { advertisedBits: 0x8000, mauType: 30 } },
    },
    unknown: 2,
  },
  {
    file: "connectx.pcap",
    chassis: "50:6b:4b:f6:1e:b3",
    port: "50:6b:4b:f6:1e:b1",
    says: { ttlSec: 48, portDescription: "ConnectX-4 Lx, 25G/10G/1G SFP" },
    unknown: 0,
  },
  {
    file: "sg200.pcap",
    chassis: "00:35:35:35:35:35",
    port: "g1",
    says: { dot3: { macPhy: { mauType: 0 } } },
    unknown: 9,
  },
  {
    file: "med-loc-malformed.pcap",
    chassis: "0a:c0:de:9d:0a:74",
    port: "3e:3e:3e:3e:3e:3e",
    says: { ttlSec: 16, systemName: "defensics", portDescription: "eth0" },
    unknown: 5,
  },
  {
    file: "lldp-app-priority.pcap",
    chassis: "00:00:00:02:00:02",
    port: "leaf0b-eth10",
    says: { systemName: "leaf0b", systemDescription: "5c:16:c7:00:00:01" },
    unknown: 6,
  },
  {
    file: "LLDP_and_CDP.pcap",
    chassis: "00:19:2f:a7:b2:8d",
    port: "Uplink to S1",
    says: { systemName: "S2.cisco.com", capabilities: { enabled: ["bridge"] }, dot1: { portVlanId: 1 } },
    unknown: 0,
  },
  {
    file: "lldp_mudurl.pcap",
    chassis: "00:23:54:c2:57:02",
    port: "00:23:54:c2:57:02",
    says: {
      capabilities: { enabled: ["wlanAccessPoint"] },
      managementAddresses: [
        { address: { address: "62.12.173.114" }, numbering: "ifIndex", interfaceNumber: 2 },
        { address: { kind: "ipv6", address: "2001:8a8:1006:4:223:54ff:fec2:5702" } },
      ],
      dot3: { linkAggregation: { isCapable: true, isAggregated: false, portNumber: 0 } },
    },
    unknown: 1,
  },
  {
    file: "lldp.pcap",
    chassis: "00:22:2d:81:db:10",
    port: "1",
    says: { systemName: "SMCGS8P-Smart", portDescription: "Port #1" },
    unknown: 0,
  },
];

describe.skipIf(!hasRecordings)("frames of real devices (skipped where the recordings are absent)", () => {
  test.each(DEVICES)("$file", ({ file, chassis, port, says, unknown }) => {
    const frame = readOk(of(file));
    expect([frame.chassisId.text, frame.portId.text]).toEqual([chassis, port]);
    expect(frame).toMatchObject(says);
    expect(frame.passedOver).toEqual({ ...NOTHING_ODD, unknown });
    expect(frame.ended).toBe("end");
  });

  test.each([
    { file: "lldp-infinite-loop-1.pcap", portVlanId: 0, unknown: 3 },
    { file: "lldp-infinite-loop-2.pcap", portVlanId: 1, unknown: 6 },
  ])("$file ends at its End TLV", ({ file, portVlanId, unknown }) => {
    expect(readOk(of(file))).toMatchObject({
      dot1: { portVlanId, vlanNames: [{ vlanId: 1, name: "default" }] },
      passedOver: { ...NOTHING_ODD, unknown },
      ended: "end",
    });
  });

  test("every frame of every capture is read or refused within the bounds", () => {
    expect(recorded.length).toBeGreaterThan(20);
    for (const { bytes } of recorded) checkedLldp(bytes);
  });
});

describe.skipIf(!hasRecordings)("captures that broke others (skipped without recordings)", () => {
  test.each([
    { file: "lldp_8021_linkagg.pcap", field: "Chassis ID TLV", at: 14 },
    { file: "lldp_8023_mtu-oobr.pcap", field: "Chassis ID TLV", at: 14 },
    { file: "lldp_mgmt_addr_tlv_asan.pcap", field: "Chassis ID TLV", at: 14 },
    { file: "lldp_asan.pcap", field: "Port ID TLV", at: 22 },
  ])("$file is refused: no $field", ({ file, field, at }) => {
    expect(decodeLldp(of(file))).toMatchObject({ ok: false, error: { field, offsetBytes: at } });
  });

  test.each([
    {
      file: "lldp_8021_linkagg.pcap",
      says: { dot1: { linkAggregation: { isCapable: true, isAggregated: true, portNumber: 100 } } },
    },
    { file: "lldp_8023_mtu-oobr.pcap", says: { dot3: {}, passedOver: { malformed: 1 } } },
    { file: "lldp_mgmt_addr_tlv_asan.pcap", says: { managementAddresses: [] } },
  ])("$file behind the mandatory TLVs", ({ file, says }) => {
    expect(checkedLldp(frameOf([CHASSIS, PORT, TTL, of(file).subarray(14)]))).toMatchObject({
      ok: true,
      value: says,
    });
  });
});
