/** Which kernel of an image is started, and whether the image can be started as its owner wants. Pure. */
import type { ImageKind } from "./catalogue.ts";
import { bootLoaderOf, type ImageDescription } from "./description.ts";
import type { Inspection } from "./inspection.ts";

/** The kernel that the owner names, else the newest. */
export function startedKernel(
  { kernels }: Pick<Inspection, "kernels">,
  about: ImageDescription = {},
): { readonly path: string | undefined; readonly initramfs: string | undefined } {
  const path = about.kernel ?? kernels[0]?.path;
  const found = kernels.find((one) => one.path === path);
  return { path, initramfs: about.initramfs ?? found?.initramfs };
}

export type Startable = {
  readonly kind: ImageKind;
  readonly found: Inspection;
  readonly about?: ImageDescription | undefined;
};

/** What a machine would miss when it is to boot this; empty: it can. */
export function missingToBoot(image: Startable): readonly string[] {
  return image.kind === "archive" ? missingInRoot(image) : missingOnDisk(image);
}

function missingInRoot({ found, about }: Startable): readonly string[] {
  const policy = bootLoaderOf({ kind: "archive", about });
  const { path } = startedKernel(found, about);
  const hasLoader = policy !== "systemd-boot" || found.bootFiles.includes("systemd-boot");
  return [
    ...(policy === "none" || path !== undefined ? [] : ["kernel (/boot/vmlinuz-*)"]),
    ...(found.init === undefined ? ["init (/sbin/init)"] : []),
    ...(hasLoader ? [] : ["systemd-boot (/usr/lib/systemd/boot/efi/systemd-boot*.efi)"]),
  ];
}

/** With every policy but `none` something else than the disk starts it. */
function missingOnDisk({ found: { disk }, about }: Startable): readonly string[] {
  if (!disk || (disk.table === "none" && disk.fileSystem === undefined))
    return ["boot sector, GPT or file system at its start"];
  const startsItself = bootLoaderOf({ kind: "disk", about }) === "none";
  return startsItself && !disk.bootCode && !disk.hasEsp
    ? ["boot code in its first sector and no EFI system partition"]
    : [];
}
