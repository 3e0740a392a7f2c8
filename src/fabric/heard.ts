/** What a machine heard of LLDP, made into evidence: raw frames and the list of its NICs. Pure. */
import type { Mac } from "#src/value/mac.ts";
import { decodeLldp, type LldpFrame } from "./lldp.ts";
import type { HeardFrame } from "./reading.ts";
import { settledId } from "./settled_id.ts";

/** As the inventory of a node has it, or the appliance says it of itself. */
export type ListeningMachine = {
  /** Name of the endpoint. */
  readonly name: string;
  readonly nics: readonly {
    readonly name: string;
    readonly mac: Mac;
    readonly speedMbit?: number | null | undefined;
  }[];
  /** Ethernet frames in hex. */
  readonly lldp: readonly { readonly nic: string; readonly frame: string }[];
};

export type Heard = {
  readonly frames: readonly HeardFrame[];
  /** Frames that are no LLDP, or break its rules. */
  readonly malformed: number;
};

/** Each NIC hears a few neighbours, and a machine has a few NICs. */
const MAX_FRAMES = 512;

/**
 * Left out: frames that say goodbye (time to live 0), and those that the machine sent itself, which NICs with a switch or
 * an LLDP agent of their own show to their host.
 */
export function heardBy({ name, nics, lldp }: ListeningMachine): Heard {
  const own = new Set(nics.map(({ mac }) => mac));
  const frames: HeardFrame[] = [];
  let malformed = 0;
  for (const { nic, frame } of lldp.slice(0, MAX_FRAMES)) {
    const decoded = decodeLldp(Buffer.from(frame, "hex"));
    if (!decoded.ok) {
      malformed++;
      continue;
    }
    const { ttlSec, source } = decoded.value;
    if (ttlSec === 0 || own.has(source)) continue;
    const by = nics.find((one) => one.name === nic);
    frames.push({
      endpoint: name,
      nic,
      ...(by === undefined ? {} : { nicMac: by.mac }),
      ...(by?.speedMbit ? { speedMbit: by.speedMbit } : {}),
      frame: settledFrame(decoded.value),
    });
  }
  return { frames, malformed };
}

/** With ids as switches that are read have them, so that they can be compared. */
const settledFrame = (frame: LldpFrame): LldpFrame => ({
  ...frame,
  chassisId: settledId(frame.chassisId),
  portId: settledId(frame.portId),
});
