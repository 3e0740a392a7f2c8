/** Which boot loader an archive gets on the disk of a node. Pure. */
import { type BootLoaderPolicy, bootLoaderOf } from "#src/images/description.ts";
import type { Node } from "#src/nodes/node.ts";
import type { DeploymentRequest } from "./deployment.ts";
import { keepsBootSector } from "./layout_choice.ts";
import type { DeployableImage } from "./request_check.ts";

type Asked = Pick<DeploymentRequest, "bootLoader">;
type AskedPlace = Pick<DeploymentRequest, "bootLoader" | "partition" | "bootSector">;
export type InstalledLoader = "image-grub" | "systemd-boot" | "none";

/** As the request says, else the image's description, else its kind. */
const policyOf = ({ bootLoader }: Asked, image: DeployableImage): BootLoaderPolicy =>
  bootLoader ?? bootLoaderOf(image);

/** What is put onto the disk: nothing, where the kernel comes from elsewhere. */
export function installedLoader(asked: Asked, image: DeployableImage): InstalledLoader {
  const policy = policyOf(asked, image);
  return policy === "image-grub" || policy === "systemd-boot" ? policy : "none";
}

/** @returns a clause that says why the image cannot be started so */
export function loaderProblem(asked: AskedPlace, image: DeployableImage): string | undefined {
  if (image.kind === "disk") {
    return asked.bootLoader === undefined || asked.bootLoader === "none"
      ? undefined
      : "it is a disk image, which brings its own boot loader; leave --boot-loader out";
  }
  switch (policyOf(asked, image)) {
    case "kexec-only":
      return "its boot loader is kexec-only, which this version cannot start; give another --boot-loader";
    case "network-kernel":
      return "its boot loader is network-kernel, which this version cannot start; give another --boot-loader";
    case "systemd-boot":
      return keepsBootSector(asked)
        ? "its boot loader is systemd-boot, which replaces the one that starts the disk; give --boot-sector when that is meant, or another --boot-loader"
        : undefined;
    default:
      return undefined;
  }
}

/** @returns a clause that says why this node cannot be started so */
export function nodeLoaderProblem(
  asked: Pick<DeploymentRequest, "bootLoader" | "partitionTable">,
  image: DeployableImage | undefined,
  node: Pick<Node, "firmware">,
): string | undefined {
  if (image?.kind !== "archive" || installedLoader(asked, image) !== "systemd-boot") return undefined;
  if (node.firmware === "bios") return "it boots by BIOS, which cannot start systemd-boot";
  return asked.partitionTable === "mbr" ? "systemd-boot needs a GPT" : undefined;
}
