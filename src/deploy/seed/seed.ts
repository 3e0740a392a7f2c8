/**
 * What a system reads at its first start: cloud-init's NoCloud seed (cloudinit.readthedocs.io, "NoCloud") or an Ignition
 * config, made for one node. Pure.
 *
 * Placeholders are a fixed few, and what takes their place is a host name, a MAC, an id or a URL of ours: nothing that YAML,
 * JSON or a shell could read as more than a word. All are replaced in one pass, so no value can bring another one in.
 */
import type { Mac } from "#src/value/mac.ts";

/** What the operator wrote. */
export type Seed = { readonly kind: "cloud-init" | "ignition"; readonly userData: string };

export type SeededNode = {
  readonly name: string;
  readonly macs: readonly Mac[];
  readonly deployment: string;
  /** Which journey of its deployment: another one is another instance. */
  readonly round: number;
  readonly authorizedKeys: readonly string[];
  /** Where the system says that it runs. */
  readonly phoneHome: string | undefined;
};

export const MAX_USER_DATA_BYTES = 65_536;

export const CLOUD_INIT_FILES = ["meta-data", "user-data", "vendor-data", "network-config"] as const;
export const IGNITION_FILE = "config.ign";
export type SeedFile = (typeof CLOUD_INIT_FILES)[number] | typeof IGNITION_FILE;

/** Not after `$` or `{`: those are the shell's, and Jinja's. */
const PLACEHOLDER = /(?<![${])\{(node|host|mac|deployment|phone_home)\}(?!\})/g;
type Placeholder = "node" | "host" | "mac" | "deployment" | "phone_home";

export const usesPhoneHome = ({ userData }: Seed): boolean =>
  [...userData.matchAll(PLACEHOLDER)].some(([, name]) => name === "phone_home");

/** The file of one node, or nothing when its seed has none of that name. */
export function seedFile(seed: Seed, file: SeedFile, node: SeededNode): string | undefined {
  if ((file === IGNITION_FILE) !== (seed.kind === "ignition")) return undefined;
  switch (file) {
    case "user-data":
    case IGNITION_FILE:
      return fill(seed.userData, node);
    case "meta-data":
      return metaData(node);
    case "vendor-data":
      return VENDOR_DATA;
    case "network-config":
      return networkConfig(node);
  }
}

function fill(text: string, node: SeededNode): string {
  const values: Readonly<Record<Placeholder, string>> = {
    node: node.name,
    host: node.name.split(".")[0] ?? node.name,
    mac: node.macs[0] ?? "",
    deployment: node.deployment,
    phone_home: node.phoneHome ?? "",
  };
  return text.replaceAll(PLACEHOLDER, (_all, name: Placeholder) => values[name]);
}

/** JSON is YAML: quoting that nothing leaves. */
const metaData = ({ name, deployment, round, authorizedKeys }: SeededNode): string =>
  `${JSON.stringify({
    "instance-id": `brigade-${deployment}-${name}-${round}`,
    "local-hostname": name,
    "public-keys": authorizedKeys,
  })}\n`;

/** User data comes before it. The installation made the host keys, and let root in. */
const VENDOR_DATA = "#cloud-config\nssh_deletekeys: false\ndisable_root: false\n";

/** Every card by DHCP with its MAC as identity, as the installation does it. */
const networkConfig = ({ macs }: SeededNode): string => {
  const cards = macs.map((mac, index) => [
    `card${index}`,
    { match: { macaddress: mac }, dhcp4: true, "dhcp-identifier": "mac" },
  ]);
  return `${JSON.stringify({ version: 2, ethernets: Object.fromEntries(cards) })}\n`;
};

const CLOUD_INIT_STARTS =
  /^(?:#cloud-|#!|#include|#part-handler|#upstart-job|## template: jinja|Content-Type: )/i;

/** @returns a clause that says what is wrong with it */
export function seedProblem({ kind, userData }: Seed): string | undefined {
  const bytes = Buffer.byteLength(userData);
  if (bytes > MAX_USER_DATA_BYTES)
    return `the user data have ${bytes} bytes, more than ${MAX_USER_DATA_BYTES}`;
  if (userData.includes("\0")) return "the user data are not text";
  return kind === "cloud-init" ? cloudInitProblem(userData) : ignitionProblem(userData);
}

const cloudInitProblem = (userData: string): string | undefined =>
  CLOUD_INIT_STARTS.test(userData)
    ? undefined
    : 'the user data begin with nothing that cloud-init knows, such as "#cloud-config"';

function ignitionProblem(userData: string): string | undefined {
  try {
    const { ignition } = JSON.parse(userData) as { ignition?: { version?: unknown } };
    if (typeof ignition?.version === "string") return undefined;
  } catch {
    // Said below.
  }
  return "the user data are no Ignition config (JSON with ignition.version)";
}
