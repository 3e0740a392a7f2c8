import fc from "fast-check";
import { expect, test } from "vitest";
import { LldpMemory } from "#src/fabric/lldp_memory.ts";
import { CHASSIS, END, frameOf, PORT, text, tlv } from "./lldp_frames.ts";

const frame = (sender: number, { ttlSec = 120, name = "leaf1" } = {}): Buffer => {
  const ttl = Buffer.alloc(2);
  ttl.writeUInt16BE(ttlSec);
  const bytes = frameOf([CHASSIS, PORT, tlv(3, ttl), text(5, name), END]);
  bytes.writeUInt16BE(sender, 10);
  return bytes;
};
const senders = (memory: LldpMemory): readonly string[] =>
  memory.frames().map(({ nic, frame: hex }) => `${nic} ${hex.slice(12, 24)}`);

test("a frame holds for its time to live and no longer", () => {
  const memory = new LldpMemory();
  expect(memory.take("eth0", frame(1), 1000)).toEqual({ kind: "new" });
  expect(memory.forgetOld(120_999)).toBe(false);
  expect(memory.frames()).toHaveLength(1);
  expect(memory.forgetOld(121_000)).toBe(true);
  expect(memory.frames()).toEqual([]);
});

test("a repeat renews it and is no news; other words of the same sender take its place", () => {
  const memory = new LldpMemory();
  memory.take("eth0", frame(1), 0);
  expect(memory.take("eth0", frame(1), 100_000)).toEqual({ kind: "repeat" });
  expect(memory.forgetOld(200_000)).toBe(false);
  expect(memory.take("eth0", frame(1, { name: "leaf2" }), 200_000)).toEqual({ kind: "new" });
  expect(memory.frames()).toEqual([{ nic: "eth0", frame: frame(1, { name: "leaf2" }).toString("hex") }]);
});

test("a time to live of 0 takes it back", () => {
  const memory = new LldpMemory();
  memory.take("eth0", frame(1), 0);
  expect(memory.take("eth1", frame(1, { ttlSec: 0 }), 1)).toEqual({ kind: "repeat" });
  expect(memory.take("eth0", frame(1, { ttlSec: 0 }), 1)).toEqual({ kind: "gone" });
  expect(memory.frames()).toEqual([]);
});

test("whoever floods one interface takes nothing from another, and memory has a bound", () => {
  const memory = new LldpMemory();
  memory.take("eth1", frame(1), 0);
  memory.take("eth0", frame(1, { ttlSec: 1000 }), 0);
  for (let sender = 2; sender < 5000; sender++) memory.take("eth0", frame(sender), 0);
  const held = senders(memory);
  expect(held.filter((one) => one.startsWith("eth0"))).toHaveLength(16);
  expect(held).toContain("eth1 525400000001");
  // Those that end first go first.
  expect(held).toContain("eth0 525400000001");
});

test("no bytes make it throw", () => {
  const memory = new LldpMemory();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const changed = Uint8Array.from(frame(1));
      changed.set(bytes.subarray(0, 40), 14);
      memory.take("eth0", changed, 0);
      expect(memory.take("eth0", bytes, 0).kind).toBe("bad");
    }),
  );
});
