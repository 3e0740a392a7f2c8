/** What one interface and its wire say. Pure. */
import type { InterfaceFacts, OtherServer } from "./facts.ts";
import type { Finding } from "./finding.ts";

/** What every Ethernet takes, and what firmware assumes. */
const ETHERNET_MTU_BYTES = 1500;
const IP_UDP_TFTP_BYTES = 32;
/** Cards that only reach a bridge of their own host. A macvlan hears what its card hears. */
const BRIDGED_KINDS: ReadonlySet<string> = new Set(["veth"]);

export const interfaceFindings = (
  facts: InterfaceFacts,
  container: string | undefined,
): readonly Finding[] => [
  ...linkFindings(facts),
  ...containerFindings(facts, container),
  ...facts.otherServers.flatMap((server) => otherServerFindings(facts, server)),
  ...mtuFindings(facts),
  ...addressFindings(facts),
];

function linkFindings({ name, hasLink }: InterfaceFacts): readonly Finding[] {
  if (hasLink) return [];
  return [
    {
      severity: "error",
      check: "no-link",
      found: `"${name}" has no link: no cable, or the other end is off`,
      why: "no node can be heard there",
      fix: `plug the cable in, switch the port on, and look again with: ip link show ${name}`,
    },
  ];
}

/** field-notes: published ports of Docker drop broadcasts (moby/moby #37460). */
function containerFindings(
  { name, kind }: InterfaceFacts,
  container: string | undefined,
): readonly Finding[] {
  if (container === undefined || !BRIDGED_KINDS.has(kind ?? "")) return [];
  return [
    {
      severity: "warning",
      check: "container-without-broadcasts",
      found: `this is a container (${container}), and "${name}" is its side of a virtual cable (${kind}) to a bridge inside the host`,
      why: "machines ask for an address by broadcast, and broadcasts of the real network do not come through published ports",
      fix: "run it in the host's network (docker run --network host), or on a macvlan network of the card that the nodes are on",
    },
  ];
}

function otherServerFindings(facts: InterfaceFacts, other: OtherServer): readonly Finding[] {
  const { name, isProxy } = facts;
  const { server, vendorClass, hasVendorOptions, bootFile } = other;
  const findings: Finding[] = [];
  if (!isProxy) {
    findings.push({
      severity: "error",
      check: "other-dhcp-server",
      found: `another DHCP server, ${server}, answers on "${name}"`,
      why: "whoever answers a node first decides its address and what it boots, and both may give one address to two machines",
      fix: `switch DHCP off on ${server} for this network, or let it keep the addresses and run Brigade beside it in proxy mode`,
    });
  }
  if (vendorClass !== undefined) {
    const isPxe = vendorClass.startsWith("PXEClient");
    findings.push({
      severity: "error",
      check: "left-over-option-60",
      found: `DHCP server ${server} on "${name}" sends option 60 (vendor class) "${vendorClass}"`,
      why: isPxe
        ? `UEFI firmware takes it for the boot server: it asks ${server} on UDP port 4011, where nobody answers`
        : "firmware takes it for a boot offer of that kind",
      fix: `remove option 60 from the configuration of ${server} (dnsmasq: dhcp-option=60,…; ISC: option vendor-class-identifier; Windows: option 060 PXEClient)`,
    });
  }
  if (hasVendorOptions) {
    findings.push({
      severity: "warning",
      check: "left-over-option-43",
      found: `DHCP server ${server} on "${name}" sends option 43 (vendor options) to machines that boot from the network`,
      why: "PXE firmware reads boot menus and servers out of it, and may pass over what Brigade offers",
      fix: `remove option 43 from the configuration of ${server} for machines whose option 60 begins with PXEClient`,
    });
  }
  if (bootFile !== undefined) {
    findings.push({
      severity: "warning",
      check: "other-boot-file",
      found: `DHCP server ${server} on "${name}" names a boot file, "${bootFile}"`,
      why: "firmware that takes its offer loads that file and not Brigade's loader",
      fix: `remove boot file and next-server (options 66 and 67, dhcp-boot, filename) from the configuration of ${server}`,
    });
  }
  return findings;
}

function mtuFindings({ name, mtuBytes, narrower, narrowPaths }: InterfaceFacts): readonly Finding[] {
  const findings: Finding[] = narrower.map((other) => ({
    severity: "warning",
    check: "narrow-interface",
    found: `"${name}" sends packets of up to ${mtuBytes} bytes, and "${other.name}", which they pass, takes ${other.mtuBytes}`,
    why: "full blocks of boot files are dropped there without a word, and loading stops at 0 %",
    fix: `give both the same MTU: ip link set ${name} mtu ${other.mtuBytes}`,
  }));
  for (const path of narrowPaths) {
    findings.push({
      severity: "warning",
      check: "narrow-path",
      found: `the way to ${path.to} takes packets of up to ${path.mtuBytes} bytes, "${name}" sends ${mtuBytes}`,
      why: `blocks of TFTP above ${path.mtuBytes - IP_UDP_TFTP_BYTES} bytes go out in fragments, which firmware does not put together`,
      fix: `raise the MTU of the tunnel or router on that way, or lower ours: ip link set ${name} mtu ${path.mtuBytes}`,
    });
  }
  if (mtuBytes < ETHERNET_MTU_BYTES) {
    findings.push({
      severity: "warning",
      check: "small-mtu",
      found: `"${name}" takes packets of up to ${mtuBytes} bytes, Ethernet has ${ETHERNET_MTU_BYTES}`,
      why: `firmware asks for blocks of 1468 bytes and gets ${mtuBytes - IP_UDP_TFTP_BYTES}; some refuses that, and nodes with ${ETHERNET_MTU_BYTES} send packets that are lost`,
      fix: `ip link set ${name} mtu ${ETHERNET_MTU_BYTES}, unless a tunnel on the way needs less; then set the nodes to the same`,
    });
  }
  if (mtuBytes > ETHERNET_MTU_BYTES) {
    findings.push({
      severity: "note",
      check: "large-mtu",
      found: `"${name}" sends packets of up to ${mtuBytes} bytes`,
      why: `firmware and ramdisk use ${ETHERNET_MTU_BYTES}; any switch between that was not told of large packets drops them`,
      fix: `check every port on the way, or set ${ETHERNET_MTU_BYTES}: ip link set ${name} mtu ${ETHERNET_MTU_BYTES}`,
    });
  }
  return findings;
}

function addressFindings({
  name,
  address,
  ownAddressAt,
  takenFromNodes,
}: InterfaceFacts): readonly Finding[] {
  const findings: Finding[] = ownAddressAt.map((mac) => ({
    severity: "error",
    check: "duplicate-own-address",
    found: `our own address ${address} on "${name}" is also that of ${mac}`,
    why: "half of what nodes send to the appliance goes to that machine",
    fix: `give ${mac} another address (its switch port tells where it is), or Brigade's interface`,
  }));
  for (const { node, address: taken, mac } of takenFromNodes) {
    findings.push({
      severity: "warning",
      check: "duplicate-node-address",
      found: `${taken}, which is fixed for ${node}, is used by ${mac}`,
      why: `${node} declines the address when it boots, or both lose packets`,
      fix: `give ${mac} another address; if it is a card of ${node}, add it with: brigade node set ${node} --mac …; or choose another address for ${node}`,
    });
  }
  return findings;
}
