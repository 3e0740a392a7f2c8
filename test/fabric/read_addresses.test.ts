import { expect, test } from "vitest";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { readRows } from "./small_switch.ts";

test("own addresses: where it answered, of the old table and of the new; none of everybody", () => {
  const reading = readRows(
    `
    ADDRESSES.old.10.0.0.2|2|1
    ADDRESSES.old.127.0.0.1|2|1
    ADDRESSES.old.0.0.0.0|2|1
    ADDRESSES.old.10.0.0|2|1
    ADDRESSES.new.1.4.10.0.0.3|2|1
    ADDRESSES.new.1.10.0.0.4|2|1
    ADDRESSES.new.2.16.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1|2|1
  `,
    { address: "10.0.0.1" as Ipv4 },
  );
  expect(reading.ownAddresses).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]);
});

test("ARP: both tables, each pair once; no group, no entry that is over", () => {
  const reading = readRows(`
    ARP.oldMac.5.10.0.0.9|4x|001122334409
    ARP.newMac.5.1.4.10.0.0.9|4x|001122334409
    ARP.newMac.5.1.4.10.0.0.8|4|0:11:22:33:44:8
    ARP.oldMac.5.10.0.0.255|4x|ffffffffffff
    ARP.oldMac.5.10.0.0.7|4x|001122334407
    ARP.oldType.5.10.0.0.7|2|2
    ARP.oldMac.5.10.0.0.6|4x|0011
  `);
  expect(reading.arp).toEqual([
    { address: "10.0.0.9", mac: "00:11:22:33:44:09" },
    { address: "10.0.0.8", mac: "00:11:22:33:44:08" },
  ]);
});
