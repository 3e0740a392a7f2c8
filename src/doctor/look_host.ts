/** Reads what the machine itself says. Files and system calls; nothing is changed. */
import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { openArpSocket } from "#src/net/arp_probe.ts";
import { isClockSynchronised } from "#src/net/clock_state.ts";
import { closeDescriptor, SystemCallError } from "#src/net/libc.ts";
import { isTcpPortFree, isUdpPortFree } from "#src/net/port_check.ts";
import { findPortHolder } from "#src/net/port_holder.ts";
import type { HostFacts, TakenPort } from "./facts.ts";

/** A port that Brigade needs: UDP ports on an interface, TCP ports on an address. */
export type WantedPort = { readonly port: number; readonly purpose: string } & (
  | { readonly transport: "udp"; readonly device: string }
  | { readonly transport: "tcp"; readonly address: string }
);

/** What a clock cannot be before, when the program's file says nothing else. */
const FIRST_PROGRAM_MS = Date.UTC(2026, 0, 1);

export type HostLook = {
  readonly data: string;
  readonly wantedPorts: readonly WantedPort[];
  /** When the program's file was made. */
  readonly programFromMs: number;
  /** An index of an interface that a packet socket can be tried on. */
  readonly interfaceIndex: number | undefined;
};

export async function lookAtHost(
  options: HostLook,
): Promise<Omit<HostFacts, "droppingChains" | "missingPrograms">> {
  const nowMs = Date.now();
  return {
    nowMs,
    programFromMs: Math.max(FIRST_PROGRAM_MS, options.programFromMs),
    clockSetByMs: nowMs - (performance.timeOrigin + performance.now()),
    isClockSynchronised: isClockSynchronised(),
    receiveBufferMaxBytes: numberIn("/proc/sys/net/core/rmem_max"),
    neighbourLimit: numberIn("/proc/sys/net/ipv4/neigh/default/gc_thresh3"),
    hasPacketSockets: hasPacketSockets(options.interfaceIndex ?? 1),
    container: containerName(),
    data: lookAtFolder(options.data),
    takenPorts: await takenPorts(options.wantedPorts),
  };
}

/** Absent in network namespaces where the kernel has it for the first one only. */
function numberIn(path: string): number | undefined {
  const text = textIn(path)?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function hasPacketSockets(index: number): boolean {
  try {
    closeDescriptor(openArpSocket(index));
    return true;
  } catch (fault) {
    if (fault instanceof SystemCallError) return false;
    throw fault;
  }
}

function containerName(): string | undefined {
  if (existsSync("/.dockerenv")) return "docker";
  if (existsSync("/run/.containerenv")) return "podman";
  const { container: named } = process.env;
  if (named !== undefined && named !== "") return named;
  return /\b(docker|kubepods|containerd|lxc)\b/.exec(textIn("/proc/1/cgroup") ?? "")?.[1];
}

/** Before the first start the folder is not there yet: then its nearest parent is looked at. */
function lookAtFolder(folder: string): HostFacts["data"] {
  let present = resolve(folder);
  while (!existsSync(present) && dirname(present) !== present) present = dirname(present);
  const { bavail, bsize } = statfsSync(present);
  const seen = { folder, freeBytes: bavail * bsize };
  try {
    accessSync(present, constants.W_OK | constants.X_OK);
    return seen;
  } catch (fault) {
    return { ...seen, whyNotWritable: (fault as NodeJS.ErrnoException).code ?? String(fault) };
  }
}

async function takenPorts(wanted: readonly WantedPort[]): Promise<readonly TakenPort[]> {
  const looked = await Promise.all(
    wanted.map(async (one): Promise<readonly TakenPort[]> => {
      const { transport, port, purpose } = one;
      const isFree =
        one.transport === "udp" ? isUdpPortFree(one.device, port) : await isTcpPortFree(one.address, port);
      return isFree ? [] : [{ transport, port, purpose, holder: findPortHolder(transport, port) }];
    }),
  );
  return looked.flat();
}
