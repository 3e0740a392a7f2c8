/** LLDP frames that nodes heard, in the shape in which switches report theirs. Pure. */
import { parseIpv4 } from "#src/value/ipv4.ts";
import type { LldpFrame } from "./lldp.ts";
import type { HeardFrame, SwitchNeighbour } from "./reading.ts";

const NEAREST_BRIDGE = "01:80:c2:00:00:0e";

export type HeardSwitch = { readonly heard: HeardFrame; readonly neighbour: SwitchNeighbour };

/**
 * What each card of each node is plugged into. A frame that its sender takes back (clause 8.5.4) and one of its own
 * count for nothing; frames to the nearest bridge come from the other end of the cable, others may come from further.
 */
export function heardSwitches(heard: readonly HeardFrame[]): readonly HeardSwitch[] {
  const byCard = Map.groupBy(
    heard.filter(({ frame, nicMac }) => frame.ttlSec > 0 && frame.source !== nicMac),
    ({ endpoint, nic }) => `${endpoint} ${nic}`,
  );
  return [...byCard.values()].flatMap((frames) => {
    const nearest = frames.filter(({ frame }) => frame.destination === NEAREST_BRIDGE);
    return (nearest.length > 0 ? nearest : frames).map((one) => ({
      heard: one,
      neighbour: neighbourOf(one.frame),
    }));
  });
}

/** What a switch would say of the sender. */
export function neighbourOf(frame: LldpFrame): SwitchNeighbour {
  const { chassisId, portId, capabilities } = frame;
  const says = capabilities?.enabled.length ? capabilities.enabled : capabilities?.supported;
  return {
    protocol: "lldp",
    chassisId,
    portId,
    portDescription: frame.portDescription ?? "",
    systemName: frame.systemName ?? "",
    systemDescription: frame.systemDescription ?? "",
    addresses: frame.managementAddresses.flatMap(({ address }) => parseIpv4(address.address) ?? []),
    isBridge: says?.length ? says.includes("bridge") : undefined,
  };
}
