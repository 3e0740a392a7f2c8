/**
 * The boot services of one interface as a program of their own, for tests in network namespaces:
 * `node test/boot/serve.ts '{"interface": "eth0", "pool": {…}, …}'`. Prints one JSON line per event, the first is `ready`.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { chooseBoot } from "#src/boot/choice.ts";
import { firmwareOf } from "#src/boot/firmware.ts";
import { renderAutoexec, renderScript } from "#src/boot/script.ts";
import type { Lease, LeaseStore } from "#src/dhcp/lease_store.ts";
import type { AddressPool } from "#src/dhcp/leases.ts";
import { nodeOptions } from "#src/dhcp/node_options.ts";
import { probeOtherServers } from "#src/dhcp/other_server_probe.ts";
import { DhcpServer } from "#src/dhcp/server.ts";
import type { ServedSubnet } from "#src/dhcp/subnets.ts";
import { BootHttpServer } from "#src/http/boot_server.ts";
import { findInterface, type NetworkInterface } from "#src/net/interface.ts";
import { describePortInUse } from "#src/net/port_holder.ts";
import { RouterAdvertiser } from "#src/net/router_advertiser.ts";
import type { NodeGroup } from "#src/nodes/group.ts";
import type { Node } from "#src/nodes/node.ts";
import { TftpServer } from "#src/tftp/server.ts";
import { inSubnet } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

export type ServeSettings = {
  readonly interface: string;
  readonly pool: AddressPool;
  /** Subnets behind relays. */
  readonly relayed?: readonly Pick<ServedSubnet, "subnet" | "pool" | "knownPool" | "router" | "leaseSec">[];
  readonly nodes?: readonly Node[];
  readonly groups?: readonly NodeGroup[];
  /** Where leases are kept; without it in memory. */
  readonly leaseFile?: string;
  /** Names of published files to paths. */
  readonly files?: Readonly<Record<string, string>>;
  /** What every node boots: its own disk unless told otherwise. */
  readonly ramdisk?: boolean;
  readonly probe?: boolean;
  readonly leaseSec?: number;
  readonly lookAroundMs?: number;
};

/** One line a change, fsync'd before the promise resolves: the simplest store that survives kill -9. */
class FileLeaseStore implements LeaseStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  all(): readonly Lease[] {
    if (!existsSync(this.#path)) return [];
    const byAddress = new Map<string, Lease>();
    for (const line of readFileSync(this.#path, "utf8").split("\n").filter(Boolean)) {
      const entry: Lease | { readonly removed: string } = JSON.parse(line);
      if ("removed" in entry) byAddress.delete(entry.removed);
      else byAddress.set(entry.address, entry);
    }
    return [...byAddress.values()];
  }

  async put(lease: Lease): Promise<void> {
    this.#append(lease);
  }

  async remove(address: string): Promise<void> {
    this.#append({ removed: address });
  }

  #append(entry: object): void {
    const fd = openSync(this.#path, "a");
    writeSync(fd, `${JSON.stringify(entry)}\n`);
    fsyncSync(fd);
    closeSync(fd);
  }
}

const memoryStore: LeaseStore = { all: () => [], put: async () => {}, remove: async () => {} };

const print = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
const onFault = (fault: unknown): void => print({ kind: "fault", message: String(fault) });

const discovered = (mac: Mac, archCode: number | undefined): Node => ({
  ...{ name: `new-${mac}`, macs: [mac], status: "discovered", kernelArguments: [] },
  firmware: firmwareOf(archCode),
});

const subnetsOf = (settings: ServeSettings, own: NetworkInterface): readonly ServedSubnet[] => [
  {
    ...{ subnet: own.subnet, server: own.address, pool: settings.pool, isLocal: true },
    leaseSec: settings.leaseSec,
  },
  ...(settings.relayed ?? []).map((one) => ({ ...one, server: own.address, isLocal: false })),
];

async function serve(settings: ServeSettings): Promise<void> {
  const own = findInterface(settings.interface);
  const config = { serverAddress: own.address, httpPort: 8080 };
  if (settings.probe)
    print({
      kind: "probed",
      servers: await probeOtherServers({ interface: own.name, address: own.address }),
    });
  const nodes = [...(settings.nodes ?? [])];
  const byMac = (mac: string): Node | undefined => nodes.find(({ macs }) => macs.some((own) => own === mac));
  const files = new Map<string, Uint8Array>([["autoexec.ipxe", Buffer.from(renderAutoexec(config))]]);
  for (const [name, path] of Object.entries(settings.files ?? {})) files.set(name, readFileSync(path));
  const shared = { interface: own, record: print, onFault };
  const http = await BootHttpServer.listen({
    ...{ addresses: [own.address], httpPort: config.httpPort, files, record: print, onFault },
    describePortInUse: (port) => describePortInUse("tcp", port),
    scriptFor: async (mac, peer) => {
      const node = byMac(mac)?.name ?? mac;
      print({ kind: "scriptAsked", mac, peer, holds: dhcp.addressOf(mac) ?? null });
      if (settings.ramdisk)
        return renderScript(
          { kind: "ramdisk", node, because: "a test", arguments: ["console=ttyS0"] },
          config,
        );
      return renderScript({ kind: "localDisk", node, because: "nothing was asked for" }, config);
    },
  });
  const tftp = await TftpServer.listen({
    ...{ ...shared, files },
    isClient: (address) => inSubnet(address, own.subnet),
  });
  const dhcp = await DhcpServer.listen({
    ...shared,
    ...{ nowMs: Date.now, chooseBoot: (client) => chooseBoot(client, config) },
    ...{ subnets: subnetsOf(settings, own), lookAroundMs: settings.lookAroundMs },
    leases: settings.leaseFile ? new FileLeaseStore(settings.leaseFile) : memoryStore,
    nodes: {
      byMac,
      byAddress: (address) => nodes.find((node) => node.address === address),
      isBmcAddress: () => false,
      optionsOf: (node) => nodeOptions(node, (name) => settings.groups?.find((group) => group.name === name)),
      withoutAddress: () => nodes.filter((node) => node.status === "registered" && !node.address).length,
    },
    discover: ({ mac, archCode }) => {
      const known = byMac(mac);
      if (known) return known;
      const node = discovered(mac, archCode);
      nodes.push(node);
      print({ kind: "nodeDiscovered", node: node.name, mac });
      return node;
    },
  });
  const advertiser = RouterAdvertiser.listen({ interface: own, onFault });
  print({ kind: "ready" });
  process.once("SIGTERM", async () => {
    advertiser[Symbol.dispose]();
    await Promise.all([dhcp, tftp, http].map((server) => server[Symbol.asyncDispose]()));
    process.exit(0);
  });
}

serve(JSON.parse(process.argv[2] ?? "{}")).catch((fault: Error) => {
  print({ kind: "refused", message: fault.message, name: fault.name });
  process.exitCode = 1;
});
