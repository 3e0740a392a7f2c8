/** What a node that asks for its script gets: the knot of deployments, leases, tokens and rendering. */
import type { BootTokens } from "#src/access/boot_tokens.ts";
import type { BootConfig } from "#src/boot/choice.ts";
import type { BootProfile } from "#src/boot/profile.ts";
import { ramdiskArguments, renderScript } from "#src/boot/script.ts";
import type { RecordEvent } from "#src/events/event.ts";
import type { Node } from "#src/nodes/node.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

export type BootScriptsOptions = {
  readonly httpPort: number;
  /** Where agents connect, and the SHA-256 of the key that they must find there. */
  readonly agents: { readonly port: number; readonly keyDigest: string };
  readonly nodeByMac: (mac: Mac) => Node | undefined;
  readonly profileOf: (node: string) => BootProfile;
  readonly leaseOf: (mac: Mac) => Ipv4 | undefined;
  readonly mint: BootTokens["mint"];
  readonly record: RecordEvent;
};

/** Who asks for a script. */
export type ScriptRequest = {
  readonly mac: Mac;
  readonly peer: Ipv4;
  /** Our address that the request came to: the one that the machine can reach. */
  readonly server: Ipv4;
};

/** @returns the script of the machine with `mac`, asked for by `peer`. Never one with a token for anybody else. */
export async function bootScriptFor(
  options: BootScriptsOptions,
  { mac, peer, server }: ScriptRequest,
): Promise<string> {
  const { record } = options;
  const config = { serverAddress: server, httpPort: options.httpPort };
  const node = options.nodeByMac(mac);
  if (!node) {
    return renderScript({ kind: "refusal", because: `this machine (${mac}) is not known here yet` }, config);
  }
  const profile = options.profileOf(node.name);
  if (profile.kind === "localDisk") {
    record({ kind: "bootScriptSent", mac, node: node.name, profile: `local disk (${profile.because})` });
    return renderScript({ ...profile, node: node.name }, config);
  }
  if (options.leaseOf(mac) !== peer) {
    const because = `the script of ${node.name} goes only to the address that it got from this appliance`;
    record({ kind: "packetRejected", protocol: "http", peer, problem: because });
    return renderScript({ kind: "refusal", because }, config);
  }
  return ramdiskScript(options, { node, mac, peer, profile, config });
}

type RamdiskBoot = {
  readonly node: Node;
  readonly mac: Mac;
  readonly peer: Ipv4;
  readonly profile: Extract<BootProfile, { kind: "ramdisk" }>;
  readonly config: BootConfig;
};

async function ramdiskScript(options: BootScriptsOptions, boot: RamdiskBoot): Promise<string> {
  const { agents, record } = options;
  const { node, mac, peer, profile, config } = boot;
  const { deployment, mode } = profile;
  const token = await options.mint({ node: node.name, mac, address: peer, deployment });
  record({ kind: "bootScriptSent", mac, node: node.name, profile: `ramdisk (${deployment})` });
  return renderScript(
    {
      kind: "ramdisk",
      node: node.name,
      because: `deployment ${deployment} installs it`,
      arguments: ramdiskArguments({
        appliance: { address: config.serverAddress, port: agents.port },
        keyDigest: agents.keyDigest,
        token,
        mode,
        mac,
        extra: node.kernelArguments,
      }),
    },
    config,
  );
}
