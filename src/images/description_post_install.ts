/** Reads what is to be done on a node before its new system starts. Pure. */
import type { PostInstall } from "./description.ts";
import { type DescriptionReader, type Place, said } from "./description_reader.ts";
import {
  integer,
  line,
  oneOf,
  readDigest,
  readPath,
  readScript,
  readStepName,
} from "./description_values.ts";

const MAX_POST_INSTALLS = 16;
const MAX_SCRIPT_ARGUMENTS = 32;
const DEFAULT_TIME_LIMIT_SEC = 300;
const MAX_TIME_LIMIT_SEC = 24 * 3600;
const MAX_RETRIES = 10;

export function readPostInstalls(
  reader: DescriptionReader,
  place: Place | undefined,
): readonly PostInstall[] | undefined {
  if (!place) return undefined;
  const steps: PostInstall[] = [];
  for (const item of reader.list(place, MAX_POST_INSTALLS)) {
    const step = postInstall(reader, item);
    if (step && steps.some(({ name }) => name === step.name))
      reader.refuse(item, `no second step "${step.name}"`);
    if (step) steps.push(step);
  }
  return steps;
}

function postInstall(reader: DescriptionReader, place: Place): PostInstall | undefined {
  const fields = reader.fields(place, [
    "name",
    "archive",
    "script",
    "args",
    "runIn",
    "timeLimitSec",
    "retries",
  ]);
  const name = reader.needed(place, fields, { name: "name", read: readStepName });
  const archive = reader.value(fields.get("archive"), readDigest);
  const read = fields.has("archive") ? readPath : readScript;
  const script = reader.needed(place, fields, { name: "script", read });
  const args = reader
    .list(fields.get("args"), MAX_SCRIPT_ARGUMENTS)
    .map((arg) => reader.value(arg, line(1000)))
    .filter((arg) => arg !== undefined);
  const runIn = reader.value(fields.get("runIn"), oneOf("image", "ramdisk")) ?? "image";
  const timeLimitSec = reader.value(fields.get("timeLimitSec"), integer(1, MAX_TIME_LIMIT_SEC));
  const retries = reader.value(fields.get("retries"), integer(0, MAX_RETRIES)) ?? 0;
  if (name === undefined || script === undefined) return undefined;
  return said({
    name,
    archive,
    script,
    args,
    runIn,
    timeLimitSec: timeLimitSec ?? DEFAULT_TIME_LIMIT_SEC,
    retries,
  });
}
