/** What switches send. */
import { CHASSIS, FULL, frameOf, PORT, recordedLldp, TTL } from "#test/fabric/lldp_frames.ts";
import { checkedLldp } from "#test/fabric/lldp_invariants.ts";
import type { Target } from "./targets.ts";

const recorded = recordedLldp().map(({ bytes }) => bytes);

export const FABRIC_TARGETS: readonly Target[] = [
  {
    name: "lldp",
    seeds: [FULL, ...recorded, ...recorded.map((frame) => frameOf([CHASSIS, PORT, TTL, frame.subarray(14)]))],
    decode: (bytes) => void checkedLldp(bytes),
  },
];
