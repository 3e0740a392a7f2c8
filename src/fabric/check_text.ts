/** What a check says of each fact, how bad that is and what to do. Pure; every text comes out inert. */
import { inertLine } from "#src/value/inert_line.ts";
import { unreachable } from "#src/value/unreachable.ts";
import type { CablingFact, CablingFinding, CablingSeverity, SlowReason } from "./cabling_types.ts";
import type { PortRef } from "./graph.ts";
import { speed } from "./order_text.ts";

type Where = {
  readonly at?: readonly PortRef[] | undefined;
  readonly node?: string | undefined;
  readonly line?: number | undefined;
};

export function finding(fact: CablingFact, { at = [], node, line }: Where = {}): CablingFinding {
  return {
    severity: severityOf(fact),
    fact,
    ...(node === undefined ? {} : { node }),
    at,
    ...(line === undefined ? {} : { line }),
    text: inertLine(describeFact(fact)),
    advice: inertLine(adviceFor(fact)),
  };
}

const SEVERITY: Readonly<Record<CablingFact["kind"], CablingSeverity>> = {
  nodeMissing: "error",
  nodeMoved: "error",
  nodeUnexpected: "warning",
  linkMissing: "error",
  linkMoved: "error",
  linkUnexpected: "warning",
  unverified: "note",
  unknownSwitch: "error",
  ambiguousSwitch: "error",
  unknownPort: "error",
  ambiguousPort: "error",
  slow: "warning",
  halfDuplex: "warning",
  duplexMismatch: "error",
  oneWay: "warning",
  lossy: "warning",
  discards: "note",
  cableDown: "warning",
  silentSwitch: "note",
  contradiction: "warning",
};

/** What the file says is wanted for sure; what a port could do by its name may be meant otherwise. */
function severityOf(fact: CablingFact): CablingSeverity {
  if (fact.kind === "slow" && fact.because === "file") return "error";
  if (fact.kind === "slow" && fact.because === "portName") return "note";
  return SEVERITY[fact.kind];
}

/** One sentence. */
export function describeFact(fact: CablingFact): string {
  switch (fact.kind) {
    case "nodeMissing":
      return `${fact.node} is not seen at ${fact.at}${fact.isDown ? ", and that port is down" : ""}`;
    case "nodeMoved":
      return `${fact.node} should be at ${fact.at} and is at ${fact.seenAt}${fact.instead === undefined ? "" : `; ${fact.instead} is there instead`}`;
    case "nodeUnexpected":
      return `${fact.node} is at ${fact.seenAt}, which the file does not say`;
    case "linkMissing":
      return `Link ${fact.link} is not seen${fact.isDown ? ", and a port of it is down" : ""}`;
    case "linkMoved":
      return `Link ${fact.link} is not seen; the cable goes ${fact.seen}`;
    case "linkUnexpected":
      return `Link ${fact.seen} is seen, which the file does not have`;
    case "unverified":
      return `${fact.what} is not seen, but nothing is known of that for sure: ${fact.name} was not read in full`;
    case "unknownSwitch":
      return `No switch is called ${fact.name}`;
    case "ambiguousSwitch":
      return `${fact.count} switches are called ${fact.name}`;
    case "unknownPort":
      return `${fact.name} has no port ${fact.port}`;
    case "ambiguousPort":
      return `${fact.name} has several ports that ${fact.port} may mean: ${fact.like.slice(0, 8).join(", ")}`;
    case "slow":
      return `${fact.what} runs at ${speed(fact.speedMbit)}, ${slowText(fact.because)} ${speed(fact.wantedMbit)}`;
    case "halfDuplex":
      return `${fact.what} runs at half duplex`;
    case "duplexMismatch":
      return `${fact.half} runs at half duplex, and ${fact.full} at the other end of its cable at full duplex`;
    case "oneWay":
      return `Link ${fact.link} is announced one way only: ${fact.by} hears ${fact.deaf}, which was read too and does not hear it`;
    case "lossy":
      return fact.since === "start"
        ? `${fact.what} has counted ${fact.inErrors} broken packets, more than a sound cable has`
        : `${fact.what} has counted ${fact.inErrors} broken packets since the scan before`;
    case "discards":
      return `${fact.what} has thrown away ${fact.inDiscards} packets that came whole, more than one in a hundred`;
    case "cableDown":
      return `Link ${fact.link} runs on ${fact.of - fact.down.length} of its ${fact.of} cables; down: ${fact.down.slice(0, 8).join(", ")}`;
    case "silentSwitch":
      return fact.isPartial ? `${fact.name} answered in part only` : `${fact.name} did not answer`;
    case "contradiction":
      return fact.says;
    default:
      return unreachable(fact);
  }
}

const slowText = (because: SlowReason): string =>
  ({
    file: "where the file wants",
    siblings: "where those beside it run at",
    portName: "and by its name the port does",
  })[because];

/** What to do. */
function adviceFor(fact: CablingFact): string {
  switch (fact.kind) {
    case "nodeMissing":
      return "See that the node is on and its cable is in that port, or correct the file.";
    case "nodeMoved":
      return "Put the cable where the file says, or correct the file.";
    case "nodeUnexpected":
    case "linkUnexpected":
      return "Add it to the file if it is meant to be so.";
    case "linkMissing":
    case "linkMoved":
      return "Look at both ends of the cable, or correct the file.";
    case "unverified":
    case "silentSwitch":
      return "See that the switch answers SNMP to the appliance, with the right credentials, and scan again.";
    case "unknownSwitch":
      return "Write its name as `brigade fabric show` has it, its id or its address.";
    case "ambiguousSwitch":
      return "Give each switch a name of its own, or write its id or address.";
    case "unknownPort":
    case "ambiguousPort":
      return "Write the port as the switch calls it.";
    case "slow":
      return "Try another cable or module, and see that neither end is set to a fixed speed.";
    case "halfDuplex":
    case "duplexMismatch":
      return "Set both ends to negotiate, or both to the same speed and full duplex.";
    case "oneWay":
      return "See that LLDP is on in both directions at both ends; with fibre one of its two strands may be broken.";
    case "lossy":
      return "Try another cable or module; clean the ends of a fibre.";
    case "discards":
      return "See that both ends have the same VLANs; else the port may be overrun.";
    case "cableDown":
      return "Look at both ends of the cables that are down.";
    case "contradiction":
      return adviceForContradiction(fact.of);
    default:
      return unreachable(fact);
  }
}

const adviceForContradiction = (of: Extract<CablingFact, { kind: "contradiction" }>["of"]): string =>
  ({
    macOnTwoPorts: "Look for a second machine with that address, or for a loop.",
    twoNeighbours: "Look for a switch or hub between them that speaks no LLDP.",
    endsDisagree: "Scan again; if it stays, look at the cable at both ends.",
    macTableDisagrees: "Scan again; if it stays, look for a switch between them that speaks no LLDP.",
    sameIdentity: "Give each switch an identity of its own; stacks that were split often keep one.",
    tooManySwitches: "Find out what it is that names so many; a bridge of many guests may forward LLDP.",
    ring: "See that spanning tree is on, or make the links one aggregate, or take one out.",
  })[of];
