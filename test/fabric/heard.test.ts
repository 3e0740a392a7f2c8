import { expect, test } from "vitest";
import { heardBy } from "#src/fabric/heard.ts";
import type { Mac } from "#src/value/mac.ts";
import { CHASSIS, END, frameOf, frameWith, PORT, TTL, text, tlv } from "./lldp_frames.ts";

const NIC = { name: "eth0", mac: "02:00:00:00:00:aa" as Mac, speedMbit: 10_000 };
const SENDER = "52:54:00:00:00:01" as Mac;
const hearing = (frame: Buffer, nic = "eth0") =>
  heardBy({ name: "node1", nics: [NIC], lldp: [{ nic, frame: frame.toString("hex") }] });

test("a frame is evidence of the machine and of the NIC that heard it", () => {
  expect(hearing(frameWith(text(5, "leaf1"))).frames).toMatchObject([
    {
      endpoint: "node1",
      nic: "eth0",
      nicMac: NIC.mac,
      speedMbit: 10_000,
      frame: { source: SENDER, systemName: "leaf1", portId: { text: "swp7" } },
    },
  ]);
});

test("ids come out as those of switches that are read", () => {
  const chassis = tlv(1, `07 ${Buffer.from("00:50:D7:12:68:68").toString("hex")}`);
  const [heard] = hearing(frameOf([chassis, PORT, TTL, END])).frames;
  expect(heard?.frame.chassisId).toMatchObject({ value: { kind: "mac", mac: "00:50:d7:12:68:68" } });
});

test("a NIC that is not in the list, or whose speed nobody knows, says less", () => {
  const [heard] = hearing(frameWith(), "eth9").frames;
  expect(heard).not.toHaveProperty("nicMac");
  const slow = { ...NIC, speedMbit: null };
  const { frames } = heardBy({
    name: "node1",
    nics: [slow],
    lldp: [{ nic: "eth0", frame: frameWith().toString("hex") }],
  });
  expect(frames).toHaveLength(1);
  expect(frames[0]).not.toHaveProperty("speedMbit");
});

test("a goodbye and what the machine itself sent are left out, and not called malformed", () => {
  expect(hearing(frameOf([CHASSIS, PORT, tlv(3, "0000"), END]))).toEqual({ frames: [], malformed: 0 });
  const own = heardBy({
    name: "node1",
    nics: [NIC, { name: "eth1", mac: SENDER }],
    lldp: [{ nic: "eth0", frame: frameWith().toString("hex") }],
  });
  expect(own).toEqual({ frames: [], malformed: 0 });
});

test("what is no LLDP is counted, and the rest is read", () => {
  const lldp = [frameOf([CHASSIS]), Buffer.alloc(3), frameWith()].map((frame) => ({
    nic: "eth0",
    frame: frame.toString("hex"),
  }));
  const { frames, malformed } = heardBy({ name: "node1", nics: [NIC], lldp });
  expect({ frames: frames.length, malformed }).toEqual({ frames: 1, malformed: 2 });
});

test("a machine that hears without end is not listened to for ever", () => {
  const lldp = Array.from({ length: 2000 }, () => ({ nic: "eth0", frame: frameWith().toString("hex") }));
  expect(heardBy({ name: "node1", nics: [NIC], lldp }).frames).toHaveLength(512);
});
