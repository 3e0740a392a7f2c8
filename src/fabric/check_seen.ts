/** What is wrong with a fabric by itself, whatever was meant: needs no file. Pure. */
import type { CablingFinding } from "./cabling_types.ts";
import { type CheckContext, linkText } from "./check_context.ts";
import { finding } from "./check_text.ts";
import type { Fabric, FabricLink, PortRef } from "./graph.ts";
import { faultsIn } from "./port_health.ts";
import { indexPorts } from "./port_index.ts";
import { brokenIn, isDiscarding } from "./port_loss.ts";

/** Errors between two scans that are worth a look. */
const MIN_NEW_ERRORS = 100;

/** @param before an earlier scan; with it only errors count that came since */
export function checkSeen(context: CheckContext, before: Fabric | undefined): readonly CablingFinding[] {
  return [
    ...silent(context),
    ...duplex(context),
    ...context.fabric.links.flatMap((link) => [...oneWay(context, link), ...cablesDown(context, link)]),
    ...(before ? newErrors(context, before) : lossy(context)),
    ...discards(context),
    ...context.fabric.contradictions.map(({ kind, at, text }) =>
      finding({ kind: "contradiction", of: kind, says: text }, { at }),
    ),
  ];
}

const silent = ({ fabric }: CheckContext): readonly CablingFinding[] =>
  fabric.switches.flatMap(({ id, name, knowledge }) =>
    knowledge === "silent" || knowledge === "partial"
      ? finding({ kind: "silentSwitch", name, isPartial: knowledge === "partial" }, { at: [{ switch: id }] })
      : [],
  );

function duplex(context: CheckContext): readonly CablingFinding[] {
  const { fabric, nameOf } = context;
  const half = fabric.switches.flatMap(({ id, ports }) =>
    ports.flatMap(({ name, isUp, duplex: mode }) =>
      isUp !== false && mode === "half" ? { switch: id, port: name } : [],
    ),
  );
  return half.map((at) => {
    const full = context
      .cablesAt(at)
      .flatMap(({ ends }) => ends.find((end) => isFull(context, end)) ?? [])[0];
    return full
      ? finding({ kind: "duplexMismatch", half: nameOf(at), full: nameOf(full) }, { at: [at, full] })
      : finding({ kind: "halfDuplex", what: nameOf(at) }, { at: [at] });
  });
}

const isFull = ({ index }: CheckContext, at: PortRef): boolean => index.portAt(at)?.duplex === "full";

/**
 * One side hears the other and is not heard, though that was read and hears others: one that hears nobody just does
 * not speak LLDP.
 */
function oneWay(context: CheckContext, link: FabricLink): readonly CablingFinding[] {
  const { index, fabric } = context;
  const hearers = new Set(
    link.evidence.flatMap(({ source, by }) => (source === "lldp" || source === "cdp" ? by : [])),
  );
  const [deaf, ...others] = link.ends.filter((end) => !hearers.has(end.switch));
  if (link.confidence !== "likely" || hearers.size !== 1 || !deaf || others.length > 0) return [];
  if (index.switchOf(deaf.switch)?.knowledge !== "read" || !listens(fabric, deaf.switch)) return [];
  const [by = ""] = hearers;
  const fact = { kind: "oneWay", link: linkText(context, link.ends), by: index.nameOf(by) } as const;
  return [finding({ ...fact, deaf: index.nameOf(deaf.switch) }, { at: link.ends })];
}

const listens = ({ links }: Fabric, id: string): boolean =>
  links.some(({ evidence }) =>
    evidence.some(({ source, by }) => by === id && (source === "lldp" || source === "cdp")),
  );

function cablesDown(context: CheckContext, link: FabricLink): readonly CablingFinding[] {
  const down = link.cables.filter((ends) => ends.some(context.isDown));
  if (down.length === 0) return [];
  const fact = { kind: "cableDown", link: linkText(context, link.ends), of: link.cables.length } as const;
  return [finding({ ...fact, down: down.map((ends) => linkText(context, ends)) }, { at: down.flat() })];
}

function lossy({ fabric, index, nameOf }: CheckContext): readonly CablingFinding[] {
  const faultsOf = faultsIn(index);
  return portsUp(fabric).flatMap((at) =>
    faultsOf(at).flatMap((fault) =>
      fault.kind === "lossy"
        ? finding({ kind: "lossy", what: nameOf(at), inErrors: fault.inErrors, since: "start" }, { at: [at] })
        : [],
    ),
  );
}

/** A counter that went back began anew when the switch was started. */
function newErrors({ fabric, index, nameOf }: CheckContext, before: Fabric): readonly CablingFinding[] {
  const old = indexPorts(before);
  return portsUp(fabric).flatMap((at) => {
    const [port, was] = [index.portAt(at), old.portAt(at)];
    if (port?.inErrors === undefined || was?.inErrors === undefined) return [];
    const [now, then] = [brokenIn(port), brokenIn(was)];
    const inErrors = now < then ? now : now - then;
    if (inErrors < MIN_NEW_ERRORS) return [];
    return finding({ kind: "lossy", what: nameOf(at), inErrors, since: "lastScan" }, { at: [at] });
  });
}

const discards = ({ fabric, index, nameOf }: CheckContext): readonly CablingFinding[] =>
  portsUp(fabric).flatMap((at) => {
    const port = index.portAt(at);
    if (!port || !isDiscarding(port)) return [];
    return finding({ kind: "discards", what: nameOf(at), inDiscards: port.inDiscards ?? 0 }, { at: [at] });
  });

/** An aggregate counts what its cables count, so those are looked at alone. */
const portsUp = ({ switches }: Fabric): readonly PortRef[] =>
  switches.flatMap(({ id, ports }) => {
    const aggregates = new Set(ports.flatMap(({ lag }) => lag ?? []));
    return ports.flatMap(({ name, isUp }) =>
      isUp === false || aggregates.has(name) ? [] : { switch: id, port: name },
    );
  });
