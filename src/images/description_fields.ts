/** The fields of an image description, one line each. Pure. */
import { isScalar, isSeq, type ParsedNode } from "yaml";
import type { ImageDescription } from "./description.ts";
import { readPostInstalls } from "./description_post_install.ts";
import { readProbe } from "./description_probe.ts";
import { type DescriptionReader, type Place, said, textOf } from "./description_reader.ts";
import {
  integer,
  line,
  lines,
  MAX_IMAGE_VERSION,
  oneOf,
  type ReadText,
  readKernelArgument,
  readName,
  readPath,
  readSize,
  yesOrNo,
} from "./description_values.ts";

const FIELDS: readonly (keyof ImageDescription)[] = [
  "name",
  "version",
  "visibility",
  "architecture",
  "description",
  "author",
  "destructive",
  "kernel",
  "initramfs",
  "kernelArguments",
  "bootLoader",
  "layout",
  "probe",
  "postInstall",
  "seed",
  "minimumDiskBytes",
  "minimumMemoryBytes",
];
/** As they are written: sizes have units. */
const WRITTEN = FIELDS.map((name) => name.replace(/Bytes$/, ""));
const MAX_KERNEL_ARGUMENTS = 64;
/** The kernel of x86-64 keeps 2048 bytes; nodes and the appliance have some to say as well. */
const MAX_ARGUMENTS_CHARACTERS = 1000;

/** @param top an empty document says nothing, which is allowed */
export function readBody(reader: DescriptionReader, top: ParsedNode | null): ImageDescription {
  if (top === null || (isScalar(top) && top.value === null)) return {};
  const fields = reader.fields({ node: top, path: "" }, WRITTEN);
  const read = <T>(name: string, reading: ReadText<T>): T | undefined =>
    reader.value(fields.get(name), reading);
  return said({
    name: read("name", readName),
    version: read("version", integer(1, MAX_IMAGE_VERSION)),
    visibility: read("visibility", oneOf("private", "shared", "public")),
    architecture: read("architecture", oneOf("amd64", "arm64")),
    description: read("description", lines(4000)),
    author: read("author", line(200)),
    destructive: read("destructive", yesOrNo),
    kernel: read("kernel", readPath),
    initramfs: read("initramfs", readPath),
    kernelArguments: kernelArguments(reader, fields.get("kernelArguments")),
    bootLoader: read(
      "bootLoader",
      oneOf("image-grub", "systemd-boot", "kexec-only", "network-kernel", "none"),
    ),
    layout: read("layout", readName),
    probe: readProbe(reader, fields.get("probe")),
    postInstall: readPostInstalls(reader, fields.get("postInstall")),
    seed: read("seed", oneOf("cloud-init", "ignition", "none")),
    minimumDiskBytes: read("minimumDisk", readSize),
    minimumMemoryBytes: read("minimumMemory", readSize),
  });
}

/** A list, or one text with spaces between. */
function kernelArguments(reader: DescriptionReader, place: Place | undefined): readonly string[] | undefined {
  if (!place) return undefined;
  const found = isSeq(place.node)
    ? reader.list(place, MAX_KERNEL_ARGUMENTS).map((item) => reader.value(item, readKernelArgument))
    : wordsOf(textOf(place.node) ?? "").map((word) => reader.value(place, () => readKernelArgument(word)));
  const words = found.filter((word) => word !== undefined);
  if (words.length > MAX_KERNEL_ARGUMENTS || words.join(" ").length > MAX_ARGUMENTS_CHARACTERS)
    return reader.refuse(
      place,
      `at most ${MAX_KERNEL_ARGUMENTS} arguments of ${MAX_ARGUMENTS_CHARACTERS} characters in all`,
    );
  return words;
}

/** At spaces only: a line end is none of them. */
const wordsOf = (text: string): readonly string[] => text.split(" ").filter((word) => word !== "");
