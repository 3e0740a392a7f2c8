/**
 * What a machine that goes in circles is told on its own screen, by what its firmware shows.
 *
 * PXE firmware shows the text of a TFTP ERROR, so it is told a file that is refused with one. iPXE shows
 * what a script says: one that never came for its script by HTTP gets another by TFTP. Pure.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { type BootClient, type BootConfig, fileUrl, scriptUrl } from "./choice.ts";
import { command, label, renderLines, say } from "./ipxe_lines.ts";
import { type BootRecord, MAX_FRUITLESS, REST_MS } from "./ladder.ts";

/** Firmware of PXE 2.1 shows one line; Intel's keeps 80 characters of it. */
export const MAX_NOTICE_CHARACTERS = 80;
const FOLDER = "no-loader-starts";
const NAME = new RegExp(`^${FOLDER}/((?:[0-9a-f]{2}-){5}[0-9a-f]{2})(\\.ipxe)?$`);
const LAST_PAUSE_SEC = 30;

/** A file name that leads to a notice: whose, and whether as a script. */
export type NoticeName = { readonly mac: Mac; readonly isScript: boolean };

/** @returns `undefined` for a machine that has come to no circle yet. What firmware shows is short enough for it. */
export function describeNotice({
  phase,
  loader,
  fruitless,
}: Pick<BootRecord, "phase" | "loader" | "fruitless">): string | undefined {
  if (phase === "resting")
    return `${MAX_FRUITLESS} loads, last ${loader.replace(/^.*\//, "")}, none works; no more for ${REST_MS / 60_000} min`;
  if (fruitless === 0) return undefined;
  const what = loader ? `loaded ${loader} and ` : "";
  return `this machine ${what}was told its script ${fruitless} times, and did not come for it by HTTP`;
}

/** Of a machine that gets its script, and comes back. */
export function describeCircles(loader: string, times: number): string {
  const what = loader ? `${loader} and its script` : "its script";
  return `this machine fetched ${what} ${times} times in a row and came back each time`;
}

/** What the machine is told to load: the firmware's own way, and for iPXE always by TFTP. */
export function noticeFile(
  { mac, program }: Pick<BootClient, "mac" | "program">,
  config: BootConfig,
): string {
  const name = `${FOLDER}/${mac.replaceAll(":", "-")}`;
  if (program === "httpBoot") return fileUrl(name, config);
  return program === "ipxe" ? `tftp://${config.serverAddress}/${name}.ipxe` : name;
}

/** @returns `undefined` for any other file */
export function readNoticeName(name: string): NoticeName | undefined {
  const [, mac, script] = NAME.exec(name) ?? [];
  if (mac === undefined) return undefined;
  return { mac: mac.replaceAll("-", ":") as Mac, isScript: script !== undefined };
}

/** Says it, tries the script once more, and lets the firmware go on with its next entry. */
export function renderNotice(
  because: string,
  { mac, server, httpPort }: { readonly mac: Mac; readonly server: Ipv4; readonly httpPort: number },
): string {
  return renderLines([
    say(`Brigade: ${because}`),
    say(`Trying it once more; TCP port ${httpPort} of ${server} has to be let through`),
    {
      kind: "command",
      words: ["chain", "--autofree", scriptUrl(mac, { serverAddress: server, httpPort })],
      orGoto: "failed",
    },
    label("failed"),
    command("echo", "It", "cannot", "be", "fetched:", [{ setting: "errno" }]),
    say(`Going on with the next entry of the firmware in ${LAST_PAUSE_SEC} s`),
    command("sleep", String(LAST_PAUSE_SEC)),
    command("exit", "1"),
  ]);
}
