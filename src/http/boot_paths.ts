/**
 * What a path on the provisioning network's HTTP listener means, if it is no published file. Pure.
 *
 * Paths are matched as they came: never joined, decoded or normalised.
 */
import { readNoticeName } from "#src/boot/notice.ts";
import { WHY_PATH } from "#src/boot/script.ts";
import { type Mac, parseMac } from "#src/value/mac.ts";

export type BootPath =
  | { readonly kind: "script"; readonly mac: Mac }
  /** What newer iPXE asks for first. */
  | { readonly kind: "autoexec" }
  /** Why the last file did not come. */
  | { readonly kind: "why" }
  /** What a machine in circles is told to load. */
  | { readonly kind: "notice" }
  /** `shown`: cut, for event and screen. An iPXE that asks gets its answer as a script. */
  | { readonly kind: "missing"; readonly shown: string; readonly isScript: boolean };

const MAX_PATH_BYTES = 256;
const SCRIPT = /^\/boot\/([0-9A-Fa-f-]{17})\.ipxe$/;
const AUTOEXEC = /^\/(?:loaders\/(?:arm64\/)?)?autoexec\.ipxe$/;

export function readBootPath(path: string): BootPath {
  if (AUTOEXEC.test(path)) return { kind: "autoexec" };
  const mac = parseMac(SCRIPT.exec(path)?.[1] ?? "");
  if (mac) return { kind: "script", mac };
  if (path === `/${WHY_PATH}`) return { kind: "why" };
  if (readNoticeName(path.slice(1))) return { kind: "notice" };
  return { kind: "missing", shown: path.slice(0, MAX_PATH_BYTES), isScript: path.endsWith(".ipxe") };
}
