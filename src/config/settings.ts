import type { Ipv4 } from "#src/value/ipv4.ts";
import { readSwitches, type SwitchStart } from "./fabric.ts";
import { endpoint, type Field, flag, integer, optionalRange, optionalText, text } from "./field.ts";
import { type InterfaceChoice, LEASE_TIME, readInterfaces } from "./network.ts";
import { WINDOW_SETTINGS } from "./windows.ts";

/** Everything that `brigade serve` can be told. Names are the command-line options. */
export const SETTINGS = {
  interface: {
    doc: "Network interface of a provisioning network; said again for each further one. MODE: `authoritative` (the default) gives out addresses, `proxy` only says what to boot, beside somebody else's DHCP server.",
    placeholder: "NAME[=MODE]",
    fallback: [],
    hasMany: true,
    read: readInterfaces,
  } as Field<readonly InterfaceChoice[]>,
  config: optionalText({
    doc: "File with interfaces, subnets and the fabric, in the place of `--interface`, `--pool` and `--switch`.",
    placeholder: "FILE",
  }),
  data: text({
    doc: "Folder for state, images, keys and the admin token.",
    placeholder: "DIR",
    fallback: "/var/lib/brigade",
  }),
  pool: optionalRange({
    doc: "Addresses for machines without a fixed one. Default: the upper half of each interface's subnet.",
    placeholder: "FIRST-LAST",
  }),
  switch: {
    doc: "A switch to ask over SNMP how the network is wired, and with BITS the network around it, in which the switches that it names may be asked too; said again for each further one. Needs `--community-file`.",
    placeholder: "ADDRESS[/BITS]",
    fallback: undefined,
    hasMany: true,
    read: readSwitches,
  } as Field<readonly SwitchStart[] | undefined>,
  "community-file": optionalText({
    doc: "File whose first line is the SNMP v2c community of the switches. Users of SNMP v3 stand in the file of `--config`.",
    placeholder: "FILE",
  }),
  "lease-time": integer({
    doc: "How long a registered node keeps its address without asking again, in seconds.",
    placeholder: "SECONDS",
    ...LEASE_TIME,
  }),
  "confirm-above": integer({
    doc: "A deployment to more nodes than this is refused until somebody has typed their number.",
    placeholder: "NODES",
    fallback: 50,
    min: 0,
    max: 100_000,
  }),
  ...WINDOW_SETTINGS,
  "allow-other-dhcp": flag({
    doc: "Start although another DHCP server answers on the provisioning network.",
  }),
  api: endpoint({
    doc: "Where the API listens. It has no TLS of its own: keep it on this machine or behind a proxy.",
    placeholder: "ADDRESS:PORT",
    fallback: { address: "127.0.0.1" as Ipv4, port: 7880 },
  }),
  "boot-files": optionalText({
    doc: "Folder with ramdisk and boot loaders. Default: the ones inside the program.",
    placeholder: "DIR",
  }),
} as const;

type Table = typeof SETTINGS;
export type Settings = { readonly [Name in keyof Table]: Table[Name] extends Field<infer T> ? T : never };
export type SettingProblem = { readonly name: string; readonly wanted: string };
export type SettingsRead =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

/** Checks everything and reports every problem at once. Unknown names are problems: a typo must not mean a default. */
export function readSettings(raw: Readonly<Record<string, string | undefined>>): SettingsRead {
  const values: Record<string, unknown> = {};
  const problems: SettingProblem[] = Object.keys(raw)
    .filter((name) => !Object.hasOwn(SETTINGS, name))
    .map((name) => ({ name, wanted: "a known setting" }));
  for (const [name, field] of Object.entries<Field<unknown>>(SETTINGS)) {
    const result = readField(field, raw[name]);
    if ("wanted" in result) problems.push({ name, wanted: result.wanted });
    else values[name] = result.value;
  }
  if (problems.length === 0) problems.push(...whereToServe(raw), ...howToAsk(raw));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, settings: values as Settings };
}

/** Interfaces come from the command line or from the file, not from both. */
function whereToServe(raw: Readonly<Record<string, string | undefined>>): readonly SettingProblem[] {
  const { config, interface: card } = raw as { readonly config?: string; readonly interface?: string };
  if (config === undefined)
    return card === undefined ? [{ name: "interface", wanted: "a value, or --config FILE" }] : [];
  return ["interface", "pool", "switch", "community-file"]
    .filter((name) => raw[name] !== undefined)
    .map((name) => ({ name, wanted: "no value beside --config: the file says it" }));
}

/** Switches answer nobody without a community, and a community without switches was a slip. */
function howToAsk(raw: Readonly<Record<string, string | undefined>>): readonly SettingProblem[] {
  const isSaid = (name: string): boolean => raw[name] !== undefined;
  if (isSaid("switch") === isSaid("community-file")) return [];
  return isSaid("switch")
    ? [{ name: "community-file", wanted: "a value beside --switch" }]
    : [{ name: "switch", wanted: "a value beside --community-file" }];
}

function readField(field: Field<unknown>, raw: string | undefined): { value: unknown } | { wanted: string } {
  if (raw !== undefined) return field.read(raw);
  return { value: field.fallback };
}

/** One line for each problem, for the screen. */
export const describeSettingProblem = ({ name, wanted }: SettingProblem): string =>
  `Cannot use --${name}: wants ${wanted}`;

/** The settings reference as Markdown. */
export function settingsReference(): string {
  const rows = Object.entries<Field<unknown>>(SETTINGS).map(([name, field]) => {
    const option = field.placeholder ? `--${name} ${field.placeholder}` : `--${name}`;
    return `| \`${option}\` | ${field.doc} | ${defaultText(name, field)} |`;
  });
  return ["| Option | Meaning | Default |", "| --- | --- | --- |", ...rows, ""].join("\n");
}

function defaultText(name: string, { fallback }: Field<unknown>): string {
  if (name === "interface") return "must be said, here or in the file";
  if (Array.isArray(fallback)) return "none";
  if (fallback === undefined) return "see left";
  if (fallback === false) return "off";
  const { address, port } = Object(fallback) as { address?: string; port?: number };
  return address === undefined ? String(fallback) : `${address}:${port}`;
}
