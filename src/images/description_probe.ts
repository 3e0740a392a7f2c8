/** Reads how a new system shows that it runs. Pure. */
import { isScalar } from "yaml";
import type { Probe } from "./description.ts";
import type { DescriptionReader, Fields, Place } from "./description_reader.ts";
import { said } from "./description_reader.ts";
import { integer, line, oneOf, type ReadText, readHttpPath } from "./description_values.ts";

const MAX_PORT = 65_535;
const port = integer(1, MAX_PORT);

const PROBE_KINDS = ["ssh-host-key", "tcp", "http", "ssh", "phone-home", "none"] as const;
const PROBE_FIELDS: Readonly<Record<Probe["kind"], readonly string[]>> = {
  "ssh-host-key": [],
  tcp: ["port"],
  http: ["port", "path", "status"],
  ssh: ["command"],
  "phone-home": [],
  none: [],
};

/** `{kind: tcp, port: 22}`, or the kind alone where it needs nothing more. */
export function readProbe(reader: DescriptionReader, place: Place | undefined): Probe | undefined {
  if (!place) return undefined;
  const readKind = oneOf(...PROBE_KINDS);
  if (isScalar(place.node)) return bareProbe(reader, place);
  const all = reader.fields(place, ["kind", "port", "path", "status", "command"]);
  const kind = reader.needed(place, all, { name: "kind", read: readKind });
  if (kind === undefined) return undefined;
  for (const [name, field] of all)
    if (name !== "kind" && !PROBE_FIELDS[kind].includes(name))
      reader.refuse(field, `no ${name} for a probe of kind ${kind}`);
  return probeOfKind(reader, place, { kind, all });
}

function bareProbe(reader: DescriptionReader, place: Place): Probe | undefined {
  const kind = reader.value(place, oneOf(...PROBE_KINDS));
  if (kind === undefined) return undefined;
  return probeOfKind(reader, place, { kind, all: new Map() });
}

function probeOfKind(
  reader: DescriptionReader,
  place: Place,
  { kind, all }: { readonly kind: Probe["kind"]; readonly all: Fields },
): Probe | undefined {
  const want = <T>(name: string, read: ReadText<T>): T | undefined => {
    const field = all.get(name);
    return field ? reader.value(field, read) : reader.refuse(place, `${name} for a probe of kind ${kind}`);
  };
  switch (kind) {
    case "tcp": {
      const tcpPort = want("port", port);
      return tcpPort === undefined ? undefined : { kind, port: tcpPort };
    }
    case "http": {
      const httpPort = all.has("port") ? want("port", port) : 80;
      const path = all.has("path") ? want("path", readHttpPath) : "/";
      const status = reader.value(all.get("status"), integer(100, 599));
      if (httpPort === undefined || path === undefined) return undefined;
      return said({ kind, port: httpPort, path, status });
    }
    case "ssh": {
      const command = want("command", line(1000));
      return command === undefined ? undefined : { kind, command };
    }
    default:
      return { kind };
  }
}
