import type { BootTokens } from "#src/access/boot_tokens.ts";
import { ramdiskArguments } from "#src/boot/script.ts";
import type { StepTools } from "#src/deploy/tools.ts";
import { sha256Of } from "#src/http/boot_file.ts";
import { type Base, PORTS } from "./base.ts";
import type { BootFiles } from "./boot_files.ts";
import type { Leases } from "./leases.ts";
import { placesOf, serverFor } from "./network_plan.ts";

/** What a node without its firmware fetches: see `node_scripts/kexec_ramdisk.ts`. */
const WANTED = /^ramdisk\/(?:arm64\/)?(?:vmlinuz|initramfs|brigade-agent)$/;

export type RamdiskStartParts = {
  readonly leases: Pick<Leases, "provenOfNode">;
  readonly tokens: Pick<BootTokens, "mint">;
  readonly keyDigest: string;
};

/** The same command line that a boot script gives, with a token of its own, for a node that gets no boot script. */
export function ramdiskStarts(
  { networks, files }: Pick<Base, "networks" | "files">,
  { leases, tokens, keyDigest }: RamdiskStartParts,
): StepTools["ramdiskStart"] {
  const places = placesOf(networks);
  let digests: Promise<ReadonlyMap<string, string>> | undefined;
  return async (node, deployment) => {
    const place = leases.provenOfNode(node.name);
    if (place === undefined) return undefined;
    const { address, mac } = place;
    digests ??= digestsOf(files);
    const server = serverFor(places, address);
    const token = await tokens.mint({ node: node.name, mac, address, deployment });
    const commandLine = ramdiskArguments({
      appliance: { address: server, port: PORTS.agents },
      ...{ keyDigest, token, mac, mode: "install", extra: node.kernelArguments },
    }).join(" ");
    return {
      url: `http://${server}:${PORTS.bootHttp}/`,
      digests: await digests,
      commandLine,
      macs: node.macs,
    };
  };
}

async function digestsOf(files: BootFiles): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const [name, bytes] of files) if (WANTED.test(name)) digests.set(name, await sha256Of(bytes));
  return digests;
}
