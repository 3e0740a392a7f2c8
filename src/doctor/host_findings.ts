/** What the machine itself says: clock, limits of the kernel, ports, data folder. Pure. */
import type { DoctorFacts, HostFacts, PoolFacts, TakenPort } from "./facts.ts";
import type { Finding } from "./finding.ts";

/** A file's time may come from another time zone. */
const DAY_MS = 86_400_000;
/** More than a clock that is being corrected can drift. */
const CLOCK_JUMP_MS = 60_000;
/** What each of our sockets asks for: 4,000 machines that ask at once. */
export const RECEIVE_BUFFER_WANTED_BYTES: number = 4 << 20;
const POOL_NEARLY_FULL = 0.8;
const DATA_LOW_BYTES = 5e9;
const DATA_FULL_BYTES = 200e6;
/** Below it the kernel throws entries away although the machines are there. */
const NEIGHBOURS_PER_NODE = 2;

export const hostFindings = ({ host, nodes }: DoctorFacts): readonly Finding[] => [
  ...host.takenPorts.map(portFinding),
  ...clockFindings(host),
  ...kernelFindings(host, nodes),
  ...dataFindings(host),
  ...host.droppingChains.map(
    (chain): Finding => ({
      severity: "note",
      check: "firewall",
      found: `the packet filter drops what comes in unless a rule accepts it (${chain}), and no rule names UDP port 67`,
      why: "requests of nodes may never reach the appliance",
      fix: "accept what comes in on the provisioning interface: UDP 67, 69 and 4011, TCP 8080, 7800 and 7802 (nft add rule …; firewall-cmd --zone=trusted --change-interface=…)",
    }),
  ),
  ...host.missingPrograms.map(
    (program): Finding => ({
      severity: "note",
      check: "not-looked",
      found: `the program "${program}" is not installed`,
      why: program === "ip" ? "MTUs on the way were not looked at" : "the packet filter was not looked at",
      fix: `apt-get install ${program === "ip" ? "iproute2" : "nftables"}, and ask again; or leave it`,
    }),
  ),
];

/** RFC 4578 section 2.4: 4011 is where firmware asks a second time. */
function portFinding({ transport, port, purpose, holder }: TakenPort): Finding {
  const who = holder ? `process ${holder.processId} (${holder.program})` : "another process";
  return {
    severity: "error",
    check: "port-taken",
    found: `${transport.toUpperCase()} port ${port} is taken by ${who}`,
    why: `Brigade needs it for ${purpose}`,
    fix: holder
      ? `stop it: kill ${holder.processId}, and switch its service off; if it is Brigade itself, ask it instead: brigade doctor without --interface`
      : `find it with: ss -lnp, and stop it`,
  };
}

function clockFindings(host: HostFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (host.nowMs < host.programFromMs - DAY_MS) {
    findings.push({
      severity: "error",
      check: "clock-wrong",
      found: `the clock says ${dayOf(host.nowMs)}, and this program was made on ${dayOf(host.programFromMs)}`,
      why: "certificates, packages and the new systems' files get a wrong time, and nodes take theirs from here",
      fix: "set it: timedatectl set-ntp true, or: date --set …; and look at the battery of the board",
    });
  }
  if (Math.abs(host.clockSetByMs) > CLOCK_JUMP_MS) {
    findings.push({
      severity: "warning",
      check: "clock-jumped",
      found: `the clock was set by ${Math.round(host.clockSetByMs / 1000)} s since the appliance started`,
      why: "times in events and deployments from before do not fit those after; leases and limits are not touched",
      fix: "see that the clock is set before Brigade starts (After=time-sync.target), and which program sets it",
    });
  }
  if (host.isClockSynchronised === false) {
    findings.push({
      severity: "note",
      check: "clock-not-synchronised",
      found: "the kernel says that nobody keeps the clock right",
      why: "times in the log drift from those of the nodes",
      fix: "switch NTP on: timedatectl set-ntp true, or install chrony",
    });
  }
  return findings;
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function kernelFindings(host: HostFacts, nodes: number): readonly Finding[] {
  const findings: Finding[] = [];
  const { receiveBufferMaxBytes: buffer, neighbourLimit } = host;
  if (buffer !== undefined && buffer < RECEIVE_BUFFER_WANTED_BYTES) {
    findings.push({
      severity: "warning",
      check: "small-receive-buffer",
      found: `sockets may hold ${buffer} bytes that wait (net.core.rmem_max), and ${RECEIVE_BUFFER_WANTED_BYTES} are wanted`,
      why: "when some thousand nodes are switched on at once requests are lost, and each costs its node 4 to 32 s",
      fix: `sysctl -w net.core.rmem_max=${RECEIVE_BUFFER_WANTED_BYTES}, the same line in /etc/sysctl.d/brigade.conf, and start Brigade again`,
    });
  }
  if (neighbourLimit !== undefined && neighbourLimit < nodes * NEIGHBOURS_PER_NODE) {
    findings.push({
      severity: neighbourLimit < nodes ? "error" : "warning",
      check: "small-neighbour-table",
      found: `the kernel keeps ${neighbourLimit} neighbours (net.ipv4.neigh.default.gc_thresh3), and there are ${nodes} nodes and their BMCs`,
      why: "when the table is full packets to further nodes are dropped",
      fix: `sysctl -w net.ipv4.neigh.default.gc_thresh3=${nodes * 4} net.ipv4.neigh.default.gc_thresh2=${nodes * 2}, and the same in /etc/sysctl.d/brigade.conf`,
    });
  }
  if (!host.hasPacketSockets) {
    findings.push({
      severity: "warning",
      check: "no-packet-sockets",
      found: "this program may not open packet sockets (AF_PACKET)",
      why: "it cannot see whether an address is used twice",
      fix: "start as root or with CAP_NET_RAW; in a container add --cap-add NET_RAW; the kernel needs CONFIG_PACKET (modprobe af_packet)",
    });
  }
  return findings;
}

function dataFindings({ data: { folder, freeBytes, whyNotWritable } }: HostFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (whyNotWritable !== undefined) {
    findings.push({
      severity: "error",
      check: "data-not-writable",
      found: `the data folder "${folder}" cannot be written: ${whyNotWritable}`,
      why: "leases, nodes and images are kept there",
      fix: "give it to the user that Brigade runs as, mount it writable, or say another --data",
    });
  }
  if (freeBytes < DATA_LOW_BYTES) {
    const isFull = freeBytes < DATA_FULL_BYTES;
    findings.push({
      severity: isFull ? "error" : "warning",
      check: "data-space",
      found: `${Math.floor(freeBytes / 1e6)} MB are free where the data folder "${folder}" is`,
      why: isFull ? "leases and deployments can soon no longer be kept" : "the next image may not fit",
      fix: "remove images that nobody installs (brigade image list, brigade image remove), or give the folder a larger disk",
    });
  }
  return findings;
}

export function poolFinding({ first, last, addresses, free }: PoolFacts): readonly Finding[] {
  const used = addresses - free;
  if (used < addresses * POOL_NEARLY_FULL) return [];
  const isFull = free === 0;
  return [
    {
      severity: isFull ? "error" : "warning",
      check: "pool-nearly-full",
      found: `${used} of the ${addresses} addresses ${first} to ${last} are in use`,
      why: isFull
        ? "the next machine that is not known gets none"
        : "soon machines that are not known get none",
      fix: "make the range larger (--pool FIRST-LAST), give nodes fixed addresses outside of it, or shorten --lease-time",
    },
  ];
}
