import { readFileSync } from "node:fs";
import { StartError } from "#src/value/start_error.ts";

/** linux/capability.h: ports below 1024, neighbour entries, raw sockets and binding to an interface. */
const NEEDED = { cap_net_bind_service: 10, cap_net_admin: 12, cap_net_raw: 13 } as const;

/**
 * Whether this process may serve DHCP and TFTP.
 *
 * @throws {StartError} naming the capabilities that are missing
 */
export function requirePrivileges(status: string = readFileSync("/proc/self/status", "utf8")): void {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const missing = Object.entries(NEEDED)
    .filter(([, bit]) => ((effective >> BigInt(bit)) & 1n) === 0n)
    .map(([name]) => name);
  if (missing.length > 0) {
    throw new StartError(
      `Cannot serve: the rights ${missing.join(", ")} are missing; start as root, or give them to the service`,
    );
  }
}
