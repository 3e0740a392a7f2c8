/** The DHCP servers that are measured, each with the same pool; leases of the others on a file system in memory, where a sync costs nothing. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export type DhcpServer = {
  readonly name: string;
  /** Writes what it is configured with. @returns its command line */
  readonly prepare: (folders: Folders) => readonly [program: string, ...string[]];
};

export type Folders = {
  /** In memory. */
  readonly peers: string;
  /** On the disk. */
  readonly brigade: string;
};

export const SERVER_ADDRESS = "10.60.0.1/16";
export const RELAY_ADDRESS = "10.60.255.254/16";
const LEASE_SEC = 900;
const POOL = { first: "10.60.1.0", last: "10.60.240.255" } as const;
/** With the whole pool ISC dhcpd does a fifth of what it does with this. */
const ISC_LAST = "10.60.40.255";

export const DHCP_SERVERS: readonly DhcpServer[] = [
  {
    name: "Brigade",
    prepare: ({ brigade }) => [
      process.execPath,
      ...["--no-warnings", "src/app/main.ts", "serve", "--interface", "eth0", "--data", brigade],
      ...["--pool", `${POOL.first}-${POOL.last}`, "--allow-other-dhcp", "--boot-files", "out/boot"],
    ],
  },
  {
    name: "Kea",
    prepare: ({ peers }) => {
      const config = join(peers, "kea.json");
      writeFileSync(config, JSON.stringify(keaConfig(peers)));
      return ["env", `KEA_PIDFILE_DIR=${peers}`, "KEA_LOCKFILE_DIR=none", "kea-dhcp4", "-c", config];
    },
  },
  {
    name: "dnsmasq",
    prepare: ({ peers }) => [
      "dnsmasq",
      ...[
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--port=0",
        "--interface=eth0",
        "--bind-interfaces",
      ],
      `--dhcp-range=${POOL.first},${POOL.last},255.255.0.0,${LEASE_SEC}`,
      ...["--dhcp-lease-max=60000", "--no-ping", "--dhcp-authoritative", "--quiet-dhcp"],
      ...[`--dhcp-leasefile=${peers}/dnsmasq.leases`, `--pid-file=${peers}/dnsmasq.pid`],
      `--log-facility=${peers}/dnsmasq.log`,
    ],
  },
  {
    name: "ISC dhcpd",
    prepare: ({ peers }) => {
      const [config, leases] = [join(peers, "dhcpd.conf"), join(peers, "dhcpd.leases")];
      writeFileSync(leases, "");
      writeFileSync(
        config,
        `default-lease-time ${LEASE_SEC}; max-lease-time ${LEASE_SEC}; authoritative; ping-check false;
subnet 10.60.0.0 netmask 255.255.0.0 { range ${POOL.first} ${ISC_LAST}; }\n`,
      );
      const files = ["-cf", config, "-lf", leases, "-pf", join(peers, "dhcpd.pid")];
      return ["dhcpd", "-4", "-f", "-q", ...files, "eth0"];
    },
  },
];

const keaConfig = (peers: string) => ({
  Dhcp4: {
    "interfaces-config": { interfaces: ["eth0"], "dhcp-socket-type": "raw" },
    "lease-database": { type: "memfile", persist: true, name: `${peers}/kea.leases`, "lfc-interval": 0 },
    "valid-lifetime": LEASE_SEC,
    subnet4: [{ subnet: "10.60.0.0/16", pools: [{ pool: `${POOL.first}-${POOL.last}` }] }],
    loggers: [{ name: "kea-dhcp4", severity: "ERROR", output_options: [{ output: `${peers}/kea.log` }] }],
  },
});
