/** The doctor's round: looks at the machine and its wires, and says what it makes of it. Takes some seconds; changes nothing. */
import { execFile } from "node:child_process";
import { probeOtherServers } from "#src/dhcp/other_server_probe.ts";
import { probeAddresses } from "#src/net/arp_probe.ts";
import type { NetworkInterface } from "#src/net/interface.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { StartError } from "#src/value/start_error.ts";
import type { DoctorFacts, InterfaceFacts, OtherServer, PoolFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { findingsOf } from "./findings.ts";
import { lookAtHost, type WantedPort } from "./look_host.ts";
import { droppingChains, type Link, narrowerThan, readLinks, readNarrowPaths } from "./read_tools.ts";

/** A node whose address is fixed. */
export type FixedAddress = { readonly node: string; readonly address: Ipv4; readonly macs: readonly Mac[] };

export type Served = {
  readonly own: NetworkInterface;
  readonly isProxy: boolean;
  /** Other servers, where they are known already; else they are looked for. */
  readonly otherServers?: readonly OtherServer[] | undefined;
};

export type DoctorOptions = {
  readonly refusals: readonly string[];
  readonly served: readonly Served[];
  readonly fixed: readonly FixedAddress[];
  readonly pools: readonly PoolFacts[];
  readonly nodes: number;
  readonly data: string;
  /** Empty when the appliance runs: it has them. */
  readonly wantedPorts: readonly WantedPort[];
  readonly programFromMs: number;
  readonly signal?: AbortSignal | undefined;
};

/** dnsmasq and others ping an address for 3 s before they offer it. */
const PROBE_WAIT_MS = 4000;
const TOOL_LIMIT_MS = 5000;
const TOOL_OUTPUT_BYTES = 64 << 20;

export async function examine(options: DoctorOptions): Promise<readonly Finding[]> {
  return findingsOf(await look(options));
}

async function look(options: DoctorOptions): Promise<DoctorFacts> {
  const { refusals, pools, nodes, served } = options;
  const [links, cache, ruleset] = await Promise.all([
    output("ip", "-json", "-details", "link", "show"),
    output("ip", "-json", "route", "show", "cache"),
    output("nft", "-json", "list", "ruleset"),
  ]);
  const host = await lookAtHost({ ...options, interfaceIndex: served[0]?.own.index });
  const wires = served.map((one) =>
    lookAtInterface(one, { ...options, links: readLinks(links ?? "[]"), cache: cache ?? "[]", ...host }),
  );
  const names = served.map(({ own }) => own.name);
  return {
    ...{ refusals, pools, nodes },
    interfaces: await Promise.all(wires),
    host: {
      ...host,
      droppingChains: droppingChains(ruleset ?? "", names),
      missingPrograms: [...(links === undefined ? ["ip"] : []), ...(ruleset === undefined ? ["nft"] : [])],
    },
  };
}

type Around = Pick<DoctorOptions, "fixed" | "signal"> & {
  readonly links: readonly Link[];
  readonly cache: string;
  readonly hasPacketSockets: boolean;
};

async function lookAtInterface(served: Served, around: Around): Promise<InterfaceFacts> {
  const { own, isProxy } = served;
  const { name, address, mtuBytes, hasLink } = own;
  const { links, cache } = around;
  const [otherServers, addresses] = await Promise.all([
    served.otherServers ?? findOtherServers(own, around.signal),
    lookAtAddresses(own, around),
  ]);
  return {
    ...{ name, address, mtuBytes, hasLink, isProxy, otherServers, ...addresses },
    narrower: narrowerThan(links, name),
    narrowPaths: readNarrowPaths(cache, name).filter((path) => path.mtuBytes < mtuBytes),
    kind: links.find((link) => link.name === name)?.kind,
  };
}

async function findOtherServers(
  { name, address }: NetworkInterface,
  signal: AbortSignal | undefined,
): Promise<readonly OtherServer[]> {
  try {
    return await probeOtherServers({
      ...{ interface: name, address, waitMs: PROBE_WAIT_MS },
      ...(signal ? { signal } : {}),
    });
  } catch (fault) {
    // A DHCP client that does not share port 68, or missing rights: both are found elsewhere.
    if (fault instanceof StartError) return [];
    throw fault;
  }
}

type Addresses = Pick<InterfaceFacts, "ownAddressAt" | "takenFromNodes">;

async function lookAtAddresses(own: NetworkInterface, around: Around): Promise<Addresses> {
  if (!around.hasPacketSockets || !own.hasLink) return { ownAddressAt: [], takenFromNodes: [] };
  const { fixed, signal } = around;
  const answers = await probeAddresses({
    interface: own,
    addresses: [own.address, ...fixed.map(({ address }) => address)],
    ...(signal ? { signal } : {}),
  });
  return {
    ownAddressAt: answers.get(own.address) ?? [],
    takenFromNodes: fixed.flatMap(({ node, address, macs }) =>
      (answers.get(address) ?? [])
        .filter((mac) => !macs.includes(mac))
        .map((mac) => ({ node, address, mac })),
    ),
  };
}

/** @returns what the program printed; empty when it failed, and `undefined` when it is not installed */
function output(program: string, ...args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: TOOL_LIMIT_MS, maxBuffer: TOOL_OUTPUT_BYTES }, (fault, stdout) =>
      resolve(fault && fault.code === "ENOENT" ? undefined : fault ? "" : stdout),
    );
  });
}
