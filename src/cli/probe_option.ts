/** `--probe` of `brigade deploy`: how the new system shows that it runs. Pure. */
import type { ProbeInput } from "#src/http/system_types.ts";

export const PROBE_HELP =
  "how the new system shows that it runs: ssh-host-key, tcp:PORT, http:PORT/PATH, ssh:COMMAND, phone-home or none (default: as the image says)";

const MAX_PORT = 65_535;
const TCP = /^tcp:(\d{1,5})$/;
const SSH = /^ssh:([\x20-\x7e]{1,1000})$/;
const HTTP = /^http:(\d{1,5})(\/[\x21-\x7e]{0,1000})?$/;

/** @returns nothing when the text is none */
export function readProbeOption(text: string): ProbeInput | undefined {
  if (text === "ssh-host-key" || text === "phone-home" || text === "none") return { kind: text };
  const command = SSH.exec(text)?.[1];
  if (command !== undefined) return { kind: "ssh", command };
  const tcp = portOf(TCP.exec(text)?.[1]);
  if (tcp !== undefined) return { kind: "tcp", port: tcp };
  const [, port, path = "/"] = HTTP.exec(text) ?? [];
  const http = portOf(port);
  return http === undefined ? undefined : { kind: "http", port: http, path };
}

function portOf(digits = ""): number | undefined {
  const port = Number(digits);
  return port >= 1 && port <= MAX_PORT ? port : undefined;
}
