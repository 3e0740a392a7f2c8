/** Between what agents say, what the coordinator knows and what people hear. Pure. */
import type { ReceiveProgress } from "#src/agent/job_state.ts";
import type { Received } from "#src/agent/messages.ts";
import type { AgentInfo } from "#src/agent/node_link.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { Verify } from "#src/value/verify.ts";
import type { Finding } from "./decision.ts";
import type { Report } from "./member.ts";
import type { OfferedImage } from "./source.ts";

/** Speed of the link that a node takes the image by; undefined: not known. */
export const linkMbitOf = ({ address, inventory }: AgentInfo): number | undefined =>
  inventory?.nics.find((nic) => nic.address === address)?.speedMbit ?? undefined;

export const reportOf = (progress: ReceiveProgress): Omit<Report, "atMs"> => ({
  receivedBytes: progress.bytesReceived,
  writtenRawBytes: progress.rawBytesWritten,
  heldBytes: progress.heldUnwrittenBytes,
  memoryBytes: progress.memoryBytes,
  upstream: progress.upstream ?? undefined,
  list: progress.list,
  lagging: progress.lagging,
  newcomerMs: progress.newcomerMs,
  lateMs: progress.lateMs,
});

export function eventOf(deployment: string, finding: Finding): ApplianceEvent {
  const { node } = finding;
  switch (finding.kind) {
    case "slow":
      return { ...finding, kind: "nodeSlow", deployment };
    case "distrusted":
      return { kind: "nodeDistrusted", deployment, node };
    case "leftUpstream":
      return { ...finding, kind: "upstreamLeft", deployment };
  }
}

/** A node's own word that all is well counts only when it did what was asked and names the right bytes. */
export function checkResult(
  received: Received,
  { rawDigest, rawBytes }: OfferedImage,
  verify: Verify,
): Received {
  if (!received.ok) return received;
  const sameDigest = verify === "none" || received.rawDigest === rawDigest;
  if (!sameDigest || received.rawBytes !== rawBytes) {
    const error = `wrote ${received.rawBytes} bytes with SHA-256 ${received.rawDigest}, the image has ${rawBytes} with ${rawDigest}`;
    return { ...received, ok: false, error };
  }
  if (verify !== "readback" || received.verify === "readback") return received;
  return {
    ...received,
    ok: false,
    error: "The agent did not read back what it wrote: it is of an older ramdisk",
  };
}
