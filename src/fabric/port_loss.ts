/** Whether a port loses packets, by its counters. Pure. */
import type { FabricPort } from "./graph.ts";

/** Counters run since the switch was started: fewer errors than this come from cables that were plugged in. */
const MIN_ERRORS = 1000;
/** One broken packet in ten thousand: Ethernet promises a thousand times less, and TCP feels it. */
const LOSSY_SHARE = 1e-4;
/** Where packets are not counted: so many times the errors of the middle port of the switch. */
const ERRORS_OF_MIDDLE = 20;
/** Of whole packets that are thrown away: some are for VLANs that the port does not have, so these are a hint only. */
const DISCARD_SHARE = 1e-2;

/** Packets that came broken; what was thrown away whole is no fault of the cable. */
export const brokenIn = ({ inErrors = 0, inDiscards = 0 }: FabricPort): number =>
  Math.max(0, inErrors - inDiscards);

export function isLossy(port: FabricPort, middleBroken: () => number): boolean {
  const broken = brokenIn(port);
  if (broken < MIN_ERRORS) return false;
  if (!port.inPackets) return broken >= ERRORS_OF_MIDDLE * middleBroken();
  return broken >= LOSSY_SHARE * (port.inPackets + broken);
}

/** Of the ports that are up; of one port alone nothing can be said to be usual. */
export function middleOfBroken(ports: readonly FabricPort[]): number {
  const counts = ports.flatMap((port) =>
    port.isUp === false || port.inErrors === undefined ? [] : brokenIn(port),
  );
  return counts.length < 2 ? 0 : (counts.sort((left, right) => left - right)[(counts.length - 1) >> 1] ?? 0);
}

/** Whether a port throws away a good part of what comes in whole. */
export const isDiscarding = ({ inDiscards = 0, inPackets }: FabricPort): boolean =>
  inDiscards >= MIN_ERRORS &&
  inPackets !== undefined &&
  inDiscards >= DISCARD_SHARE * (inPackets + inDiscards);
