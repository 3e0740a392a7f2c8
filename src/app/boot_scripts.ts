/** What a node boots when it asks for its script: the knot of deployments, leases and tokens. iPXE and GRUB get it in their own words. */
import type { BootTokens } from "#src/access/boot_tokens.ts";
import type { BootProfile } from "#src/boot/profile.ts";
import { type BootScript, ramdiskArguments } from "#src/boot/script.ts";
import type { RecordEvent } from "#src/events/event.ts";
import type { Node } from "#src/nodes/node.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

export type BootScriptsOptions = {
  /** Where agents connect, and the SHA-256 of the key that they must find there. */
  readonly agents: { readonly port: number; readonly keyDigest: string };
  readonly nodeByMac: (mac: Mac) => Node | undefined;
  readonly profileOf: (node: string) => BootProfile;
  /** A machine came for its script, so what it loaded works. Says so when it came too often in a row. */
  readonly started: (mac: Mac, peer: Ipv4) => string | undefined;
  /** Whether the machine is the one at the address. */
  readonly holds: (mac: Mac, address: Ipv4) => boolean;
  /** Why nothing of value may go to a node, as a clause. */
  readonly whyHeld: (node: string) => string | undefined;
  readonly mint: BootTokens["mint"];
  readonly record: RecordEvent;
};

/** Who asks for a script. */
export type ScriptRequest = {
  readonly mac: Mac;
  readonly peer: Ipv4;
  /** Our address that the request came to: the one that the machine can reach. */
  readonly server: Ipv4;
  readonly via: "http" | "tftp";
};

/** @returns the script of the machine with `mac`, asked for by `peer`. Never one with a token for anybody else. */
export async function bootScriptFor(
  options: BootScriptsOptions,
  { mac, peer, server, via }: ScriptRequest,
): Promise<BootScript> {
  const { record } = options;
  const circles = options.started(mac, peer);
  const node = options.nodeByMac(mac);
  if (!node) {
    return { kind: "refusal", because: `this machine (${mac}) is not known here yet` };
  }
  const profile = options.profileOf(node.name);
  if (profile.kind === "localDisk") {
    record({ kind: "bootScriptSent", mac, node: node.name, profile: `local disk (${profile.because})` });
    return { ...profile, node: node.name, circles };
  }
  if (!options.holds(mac, peer)) {
    const because = `the script of ${node.name} goes only to the address that it got from this appliance`;
    record({ kind: "packetRejected", protocol: via, peer, problem: because });
    return { kind: "refusal", because };
  }
  const held = options.whyHeld(node.name);
  if (held !== undefined) return { kind: "refusal", because: `${node.name} is held: ${held}` };
  return ramdiskScript(options, { node, mac, peer, profile, server, circles });
}

type RamdiskBoot = {
  readonly node: Node;
  readonly mac: Mac;
  readonly peer: Ipv4;
  readonly profile: Extract<BootProfile, { kind: "ramdisk" }>;
  readonly server: Ipv4;
  readonly circles: string | undefined;
};

async function ramdiskScript(options: BootScriptsOptions, boot: RamdiskBoot): Promise<BootScript> {
  const { agents, record } = options;
  const { node, mac, peer, profile, server, circles } = boot;
  const { deployment, mode } = profile;
  const token = await options.mint({ node: node.name, mac, address: peer, deployment });
  record({ kind: "bootScriptSent", mac, node: node.name, profile: `ramdisk (${deployment})` });
  return {
    kind: "ramdisk",
    node: node.name,
    because: `deployment ${deployment} installs it`,
    circles,
    arguments: ramdiskArguments({
      appliance: { address: server, port: agents.port },
      keyDigest: agents.keyDigest,
      token,
      mode,
      mac,
      extra: node.kernelArguments,
    }),
  };
}
