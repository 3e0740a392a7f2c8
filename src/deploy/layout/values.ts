/** Reads the words of a layout, one function for each kind of value. Pure. */
import { type Read, readSize } from "#src/images/description_values.ts";
import type { FileSystem, Size } from "./layout.ts";

/** Of volume groups, volumes and arrays: nothing that device names spell in another way. */
const VOLUME_NAME = /^[a-z][a-z0-9_]{0,29}$/;
/** Of what LVM keeps for itself. */
const RESERVED_VOLUME =
  /^(?:snapshot|pvmove|.*_(?:mlog|mimage|rimage|rmeta|tdata|tmeta|cdata|cmeta|vorigin|pmspare))/;
const PARTITION_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,35}$/;
const LAYOUT_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const MOUNT_OPTION = /^[a-z][a-z0-9_-]{0,30}(?:=[A-Za-z0-9._:@%/-]{1,60})?$/;
const MOUNT_PATH = /^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]{0,60}){1,8}$/;
/** Where the running system has something else, or without which it does not start. */
const TAKEN_MOUNT = /^\/(?:bin|sbin|lib|lib64|etc|proc|sys|dev|run|boot\/efi|boot\/grub|mnt\/target)(?:\/|$)/;
/** Letters of options whose values are numbers, sizes, features or words. None takes a file or another device. */
const MKFS_LETTERS: Readonly<Record<FileSystem, string>> = {
  ext4: "bCEgGiIJmNOrT",
  xfs: "bdilmns",
  btrfs: "dmnsO",
  vfat: "FfRsS",
  swap: "p",
  none: "",
};
const MKFS_VALUE = /^[A-Za-z0-9^_=,.:%]{1,100}$/;
/** `device=…` and the like name another device. */
const MKFS_FOREIGN = /(?:^|,)(?:device|logdev|rtdev|name|file|journal_path|root_owner|hash_seed|fd)=/;
const MAX_LABEL = { ext4: 16, xfs: 12, btrfs: 64, vfat: 11, swap: 15, none: 0 } as const;
const MIB = 2 ** 20;
const MAX_OPTIONS = 16;

export const readLayoutName = (text: string): Read<string> =>
  LAYOUT_NAME.test(text) && !text.includes("..")
    ? { value: text }
    : { wanted: "1 to 63 small letters, digits, dots, hyphens or underscores" };

export const readVolumeName = (text: string): Read<string> =>
  VOLUME_NAME.test(text) && !RESERVED_VOLUME.test(text)
    ? { value: text }
    : { wanted: "1 to 30 small letters, digits or underscores, the first a letter, none of LVM's own names" };

export const readPartitionName = (text: string): Read<string> =>
  PARTITION_NAME.test(text)
    ? { value: text }
    : { wanted: "1 to 36 letters, digits, dots, hyphens or underscores" };

export function readPartSize(text: string): Read<Size> {
  if (text === "rest") return { value: { kind: "rest" } };
  const [, percent] = /^(\d{1,2}|100) ?%$/.exec(text) ?? [];
  if (percent !== undefined && Number(percent) > 0)
    return { value: { kind: "percent", percent: Number(percent) } };
  const size = readSize(text);
  return "value" in size && size.value >= MIB
    ? { value: { kind: "bytes", bytes: size.value } }
    : { wanted: "a size such as 260MiB or 2 GB (at least 1 MiB), 10%, or rest" };
}

export const labelFor =
  (filesystem: FileSystem) =>
  (text: string): Read<string> => {
    const most = MAX_LABEL[filesystem];
    if (most === 0) return { wanted: "no label where there is no file system" };
    return text.length <= most && LABEL.test(text)
      ? { value: text }
      : { wanted: `1 to ${most} letters, digits, dots, hyphens or underscores` };
  };

export const readMount = (text: string): Read<string> =>
  MOUNT_PATH.test(text) && !TAKEN_MOUNT.test(text)
    ? { value: text }
    : { wanted: "an absolute path such as /srv/data, none that the system needs itself" };

/** `noatime,nodev` */
export function readMountOptions(text: string): Read<readonly string[]> {
  const options = text.split(",").map((one) => one.trim());
  return options.length <= MAX_OPTIONS && options.every((one) => MOUNT_OPTION.test(one))
    ? { value: options }
    : { wanted: "mount options such as noatime,nodev" };
}

/** `-m 1 -O ^has_journal`: each option is a letter with a value. */
export const mkfsOptionsFor =
  (filesystem: FileSystem) =>
  (text: string): Read<readonly string[]> => {
    const words = text.split(" ").filter((word) => word !== "");
    const letters = MKFS_LETTERS[filesystem];
    const isGood = words.every((word, index) =>
      index % 2 === 0
        ? /^-[A-Za-z]$/.test(word) && letters.includes(word.slice(1))
        : MKFS_VALUE.test(word) && !MKFS_FOREIGN.test(word),
    );
    if (isGood && words.length > 0 && words.length % 2 === 0 && words.length <= 2 * MAX_OPTIONS)
      return { value: words };
    return {
      wanted:
        letters === ""
          ? "no mkfs options where there is no file system"
          : `pairs such as "-${letters[0]} VALUE" with -${[...letters].join(", -")}, and no other device in them`,
    };
  };
