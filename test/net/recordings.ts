/**
 * Recordings of real devices, which are not part of the project (their licences differ): read by path
 * from beside it, and where they are absent the tests that want them say so and are skipped.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

export const RECORDINGS = join(import.meta.dirname, "../../../shared/recordings");
export const hasRecordings: boolean = existsSync(RECORDINGS);

export type Recorded = { readonly from: string; readonly decoded: string; readonly bytes: Uint8Array };

/** The sections of dhcp-packets.md: whole UDP payloads in hex, with what they were found to say. */
export function recordedPackets(): readonly Recorded[] {
  if (!hasRecordings) return [];
  return readFileSync(join(RECORDINGS, "dhcp-packets.md"), "utf8")
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      from: section.split("\n")[0] ?? "",
      decoded: /^- decoded: `(.*)`$/m.exec(section)?.[1] ?? "",
      bytes: Buffer.from((/```hex\n([^`]*)```/.exec(section)?.[1] ?? "").replaceAll(/\s/g, ""), "hex"),
    }));
}

export type CapturedDatagram = {
  readonly file: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly payload: Uint8Array;
};

/** UDP datagrams over IPv4 of every capture in classic pcap format with Ethernet frames; whatever else is in them is passed over. */
export function capturedDatagrams(): readonly CapturedDatagram[] {
  if (!hasRecordings) return [];
  return globSync(join(RECORDINGS, "pcap/**/*.pcap")).flatMap(datagramsOf);
}

/** UDP datagrams over IPv4 of one capture. */
export const datagramsOf = (path: string): readonly CapturedDatagram[] =>
  framesOf(readFileSync(path)).flatMap((frame) => {
    const datagram = udpOf(frame);
    return datagram ? [{ file: basename(path), ...datagram }] : [];
  });

/** Ethernet frames of every capture in classic pcap format, with the name of the file. */
export function capturedFrames(): readonly { readonly file: string; readonly bytes: Buffer }[] {
  if (!hasRecordings) return [];
  return globSync(join(RECORDINGS, "pcap/**/*.pcap"))
    .sort()
    .flatMap((path) => framesOf(readFileSync(path)).map((bytes) => ({ file: basename(path), bytes })));
}

function framesOf(file: Buffer): readonly Buffer[] {
  const isLittle = file.readUInt32LE(0) === 0xa1b2c3d4;
  if (!isLittle && file.readUInt32BE(0) !== 0xa1b2c3d4) return [];
  const u32 = (at: number): number => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at));
  if (u32(20) !== 1) return [];
  const frames: Buffer[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const sizeBytes = u32(at + 8);
    frames.push(file.subarray(at + 16, at + 16 + sizeBytes));
    at += 16 + sizeBytes;
  }
  return frames;
}

function udpOf(frame: Buffer): Omit<CapturedDatagram, "file"> | undefined {
  const isUdp = frame.length > 42 && frame.readUInt16BE(12) === 0x0800 && frame[23] === 17;
  if (!isUdp) return undefined;
  const udp = frame.subarray(14 + 4 * ((frame[14] ?? 5) & 15));
  if (udp.length < 8) return undefined;
  return {
    fromPort: udp.readUInt16BE(0),
    toPort: udp.readUInt16BE(2),
    payload: udp.subarray(8, udp.readUInt16BE(4)),
  };
}
