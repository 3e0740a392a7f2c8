/**
 * Reads a layout in YAML. Walked as the parser's tree and never turned into objects, so aliases are refused, and each
 * problem has its line and column. What the parts mean together is `layout_check.ts`. Pure.
 */
import { LineCounter, parseDocument } from "yaml";
import {
  type DescriptionProblem,
  DescriptionReader,
  type Fields,
  type Place,
  said,
} from "#src/images/description_reader.ts";
import { line, oneOf } from "#src/images/description_values.ts";
import { lineTooDeep } from "#src/value/yaml_depth.ts";
import { parseDiskRule } from "../disk_rule.ts";
import type { ArraySpec, Layout, PartitionSpec, VolumeGroupSpec, VolumeSpec } from "./layout.ts";
import { checkLayout } from "./layout_check.ts";
import { CONTENT_FIELDS, readContent } from "./read_content.ts";
import { readPartitionName, readPartSize, readVolumeName } from "./values.ts";

export const MAX_LAYOUT_CHARACTERS = 32 * 1024;
const MAX_DEPTH = 32;
const MAX_PARTITIONS = 32;
const MAX_ARRAYS = 8;
const MAX_GROUPS = 4;
const MAX_VOLUMES = 32;

export type LayoutRead =
  | { readonly ok: true; readonly layout: Layout }
  | { readonly ok: false; readonly problems: readonly DescriptionProblem[] };

/** @param name what the layout is called; it is not in the file */
export function readLayout(name: string, text: string): LayoutRead {
  const refused = (lineNumber: number, wanted: string): LayoutRead => ({
    ok: false,
    problems: [{ line: lineNumber, column: 1, path: "", wanted }],
  });
  if (text.length > MAX_LAYOUT_CHARACTERS)
    return refused(1, `at most ${MAX_LAYOUT_CHARACTERS} characters, found ${text.length}`);
  const deep = lineTooDeep(text, MAX_DEPTH);
  if (deep !== undefined) return refused(deep, "no lists and mappings so deep in each other");
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
  const reader = new DescriptionReader(lineCounter);
  for (const { pos, message } of document.errors)
    reader.refuseAt(pos[0], "", `YAML: ${message.split("\n")[0] ?? ""}`);
  const layout =
    reader.problems.length > 0 ? undefined : readTop(reader, name, { node: document.contents, path: "" });
  return layout && reader.problems.length === 0
    ? { ok: true, layout }
    : { ok: false, problems: reader.problems };
}

const TOP = ["description", "table", "disks", "target", "partitions", "arrays", "volumeGroups"] as const;

function readTop(reader: DescriptionReader, name: string, top: Place): Layout | undefined {
  const fields = reader.fields(top, TOP);
  const places = new Map<object, Place>();
  const table = reader.needed(top, fields, { name: "table", read: oneOf("gpt", "mbr") });
  const disks = reader.value(fields.get("disks"), oneOf("1", "2"));
  const partitions = listOf(reader, fields, { name: "partitions", limit: MAX_PARTITIONS }, (place) =>
    kept(places, place, readPartition(reader, place)),
  );
  const arrays = listOf(reader, fields, { name: "arrays", limit: MAX_ARRAYS }, (place) =>
    kept(places, place, readArray(reader, place)),
  );
  const groups = listOf(reader, fields, { name: "volumeGroups", limit: MAX_GROUPS }, (place) =>
    kept(places, place, readGroup(reader, place, places)),
  );
  if (!table || reader.problems.length > 0) return undefined;
  const layout: Layout = said({
    name,
    description: reader.value(fields.get("description"), line(200)) ?? "",
    table,
    disks: disks === "2" ? 2 : 1,
    target: reader.value(fields.get("target"), parseDiskRule),
    ...{ partitions, arrays, groups },
  });
  for (const { part, wanted } of checkLayout(layout))
    reader.refuse((part && places.get(part)) ?? top, wanted);
  return layout;
}

const kept = <T extends object>(places: Map<object, Place>, place: Place, value: T): T => {
  places.set(value, place);
  return value;
};

function listOf<T>(
  reader: DescriptionReader,
  fields: Fields,
  { name, limit }: { readonly name: string; readonly limit: number },
  read: (place: Place) => T,
): readonly T[] {
  return reader.list(fields.get(name), limit).map(read);
}

function readPartition(reader: DescriptionReader, place: Place): PartitionSpec {
  const fields = reader.fields(place, ["name", "size", "volumeGroup", "array", ...CONTENT_FIELDS]);
  const content = readContent(reader, place, fields);
  const name = reader.value(fields.get("name"), readPartitionName) ?? content.role.kind;
  const size =
    reader.needed(place, fields, { name: "size", read: readPartSize }) ?? ({ kind: "rest" } as const);
  return { ...content, name, size };
}

function readArray(reader: DescriptionReader, place: Place): ArraySpec {
  const fields = reader.fields(place, ["name", "metadata", "volumeGroup", ...CONTENT_FIELDS]);
  const name = reader.needed(place, fields, { name: "name", read: readVolumeName }) ?? "";
  const metadata = reader.value(fields.get("metadata"), oneOf("1.0", "1.2")) ?? "1.2";
  return { ...readContent(reader, place, fields), name, metadata };
}

function readGroup(reader: DescriptionReader, place: Place, places: Map<object, Place>): VolumeGroupSpec {
  const fields = reader.fields(place, ["name", "volumes"]);
  const name = reader.needed(place, fields, { name: "name", read: readVolumeName }) ?? "";
  const volumes = listOf(reader, fields, { name: "volumes", limit: MAX_VOLUMES }, (one) =>
    kept(places, one, readVolume(reader, one)),
  );
  return { name, volumes };
}

function readVolume(reader: DescriptionReader, place: Place): VolumeSpec {
  const fields = reader.fields(place, ["name", "size", ...CONTENT_FIELDS]);
  const content = readContent(reader, place, fields);
  const name = reader.value(fields.get("name"), readVolumeName) ?? content.role.kind.replaceAll("-", "_");
  const size =
    reader.needed(place, fields, { name: "size", read: readPartSize }) ?? ({ kind: "rest" } as const);
  return { ...content, name, size };
}
