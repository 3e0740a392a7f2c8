/**
 * Who holds a port. Only for the message of a start that failed: /proc is
 * read in full, which takes milliseconds.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { StartError } from "#src/value/start_error.ts";

export type Transport = "udp" | "tcp";

/** A process as a message names it. */
export type PortHolder = { readonly processId: number; readonly program: string };

/** Socket inodes with this local port in /proc/net/{udp,tcp} (field 2 is address:port in hex, field 10 the inode). */
export function inodesOfPort(table: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[9] !== "0")
    .flatMap((fields) => fields[9] ?? []);
}

/** @returns the first process that holds the port, or `undefined` when none can be seen (another user's, another namespace's). */
export function findPortHolder(transport: Transport, port: number): PortHolder | undefined {
  const inodes = new Set(
    [transport, `${transport}6`].flatMap((table) => inodesOfPort(readOrEmpty(`/proc/net/${table}`), port)),
  );
  if (inodes.size === 0) return undefined;
  const processId = namesIn("/proc")
    .filter((name) => /^\d+$/.test(name))
    .find((id) => holdsOneOf(`/proc/${id}/fd`, inodes));
  if (processId === undefined) return undefined;
  return { processId: Number(processId), program: programOf(processId) };
}

/** By its command line: the short name in `comm` is of a thread, "MainThread" for every Node program. */
function programOf(processId: string): string {
  const command = readOrEmpty(`/proc/${processId}/cmdline`).split("\0")[0] ?? "";
  return basename(command) || readOrEmpty(`/proc/${processId}/comm`).trim() || "?";
}

/** The end of a refusal: `address in use by process 812 (dnsmasq); …`. */
export function describePortInUse(transport: Transport, port: number): string {
  const holder = findPortHolder(transport, port);
  if (!holder) return "address in use by another process; find it with: ss -lnp";
  return `address in use by process ${holder.processId} (${holder.program}); stop it first`;
}

/** Why a TCP port that we need cannot be bound, for the person who starts the program. */
export function bindProblem(
  { address, port, purpose }: { readonly address: string; readonly port: number; readonly purpose: string },
  cause: unknown,
): StartError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why = code === "EADDRINUSE" ? describePortInUse("tcp", port) : message;
  return new StartError(`Cannot bind TCP port ${port} on ${address} for ${purpose}: ${why}`, { cause });
}

function holdsOneOf(folder: string, inodes: ReadonlySet<string>): boolean {
  return namesIn(folder).some((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOrEmpty(`${folder}/${fd}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

// Processes end while we look, and others' descriptors may not be read: both mean "not seen".
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOrEmpty(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
