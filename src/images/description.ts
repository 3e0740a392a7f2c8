/**
 * What the owner of an image says about it: how it is to be installed and started, and what for. Beside it stands what
 * an import found by itself (`ImageFacts`). Written as YAML: `description_yaml.ts` reads it, `description_text.ts`
 * prints it. Pure.
 */

/** Who may see an image and install it. `shared`: whoever names it with its owner; it is not listed to others. */
export type Visibility = "private" | "shared" | "public";

/** As Debian and Go name them. */
export type Architecture = "amd64" | "arm64";

/**
 * How an installed node comes to run the image's kernel.
 *
 * - `image-grub`: GRUB on the disk, with the files of the image or of the ramdisk
 * - `systemd-boot`: on the EFI system partition; UEFI only
 * - `kexec-only`: from the ramdisk, and nothing that boots is left on the disk
 * - `network-kernel`: the appliance gives kernel and initramfs of the image at each boot
 * - `none`: whatever the disk brings
 */
export type BootLoaderPolicy = "image-grub" | "systemd-boot" | "kexec-only" | "network-kernel" | "none";

/** How a new system shows that it runs. */
export type Probe =
  /** It answers SSH with the host key that the installation gave it. */
  | { readonly kind: "ssh-host-key" }
  /** Something accepts a connection. */
  | { readonly kind: "tcp"; readonly port: number }
  /** `status` is wanted; any from 200 to 399 when it is not said. `path` begins with a slash. */
  | {
      readonly kind: "http";
      readonly port: number;
      readonly path: string;
      readonly status?: number | undefined;
    }
  /** The command ends with 0. */
  | { readonly kind: "ssh"; readonly command: string }
  /** It fetches the address that the installation left in it. */
  | { readonly kind: "phone-home" }
  /** It is believed. */
  | { readonly kind: "none" };

/** Who gives the system its names and keys at its first start. */
export type Seed = "cloud-init" | "ignition" | "none";

/** One thing to do on a node when the image is on its disk and not started yet. */
export type PostInstall = {
  /** See `STEP_NAME`; unlike all others of the image. */
  readonly name: string;
  /** SHA-256 of a tar in the blob store, 64 hex digits; absent: `script` is the script itself. */
  readonly archive?: string | undefined;
  /** With `archive`, the path in it; else the text, beginning with `#!`. */
  readonly script: string;
  readonly args: readonly string[];
  /** `image`: its root is `/`. `ramdisk`: with the tools of the ramdisk, the new root is in BRIGADE_TARGET. */
  readonly runIn: "image" | "ramdisk";
  readonly timeLimitSec: number;
  /** Further attempts after one that failed. */
  readonly retries: number;
};

/** Everything may be left unsaid. */
export type ImageDescription = {
  /** For import only: what the image is called. */
  readonly name?: string | undefined;
  /** For import only: default the next one. */
  readonly version?: number | undefined;
  readonly visibility?: Visibility | undefined;
  /** Default: as the import found. */
  readonly architecture?: Architecture | undefined;
  readonly description?: string | undefined;
  readonly author?: string | undefined;
  /** A system that destroys what others left on its node: a scheduler may refuse to give such nodes back unchanged. */
  readonly destructive?: boolean | undefined;
  /** Path in the image without leading slash. Default: the newest `/boot/vmlinuz-*`. */
  readonly kernel?: string | undefined;
  readonly initramfs?: string | undefined;
  /** Each is an `isKernelArgument`. */
  readonly kernelArguments?: readonly string[] | undefined;
  /** Default: see {@link bootLoaderOf}. */
  readonly bootLoader?: BootLoaderPolicy | undefined;
  /** Name of a partition layout. */
  readonly layout?: string | undefined;
  /** Default: see {@link probeOf}. */
  readonly probe?: Probe | undefined;
  /** In order. */
  readonly postInstall?: readonly PostInstall[] | undefined;
  readonly seed?: Seed | undefined;
  /** What a node must have, beyond what the image's own size tells. */
  readonly minimumDiskBytes?: number | undefined;
  readonly minimumMemoryBytes?: number | undefined;
};

/** The parts of an image that these defaults hang on. */
type Described = { readonly kind: "archive" | "disk"; readonly about?: ImageDescription | undefined };

const SSH_PORT = 22;

/** The keys of a disk are made by itself, so all that can be asked is whether somebody answers. */
export const probeOf = ({ kind, about }: Described): Probe =>
  about?.probe ?? (kind === "archive" ? { kind: "ssh-host-key" } : { kind: "tcp", port: SSH_PORT });

export const bootLoaderOf = ({ kind, about }: Described): BootLoaderPolicy =>
  about?.bootLoader ?? (kind === "archive" ? "image-grub" : "none");
