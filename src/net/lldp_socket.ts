/**
 * The LLDP frames that come in on one interface: a packet socket for EtherType 0x88cc, whose group addresses the
 * card lets through. Needs packet sockets (CAP_NET_RAW). Hears only; nothing is ever sent.
 */
import {
  bindSocket,
  closeDescriptor,
  int32,
  openSocket,
  receiveWaiting,
  SO_RCVBUF,
  SOCK_RAW,
  SOL_SOCKET,
  setSocketOption,
} from "./libc.ts";

const AF_PACKET = 17;
const ETH_P_LLDP = 0x88cc;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
/** Nearest bridge, nearest customer bridge, nearest bridge that is no two-port relay: IEEE 802.1AB-2016 table 7-1. */
const GROUPS = ["0180c200000e", "0180c2000000", "0180c2000003"];
/** A jumbo frame. */
const MAX_FRAME_BYTES = 9216;
/** Some twenty frames: what comes faster is a flood. */
const RECEIVE_BYTES = 65_536;
export class LldpSocket implements Disposable {
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(MAX_FRAME_BYTES);

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * @param index of the interface
   * @throws SystemCallError when packet sockets are not allowed, or the interface is gone
   */
  static open(index: number): LldpSocket {
    const fd = openSocket(AF_PACKET, SOCK_RAW, swapped(ETH_P_LLDP));
    try {
      setSocketOption(fd, [SOL_SOCKET, SO_RCVBUF], RECEIVE_BYTES);
      bindSocket(fd, linkAddress(index));
      for (const group of GROUPS)
        setSocketOption(fd, [SOL_PACKET, PACKET_ADD_MEMBERSHIP], membership(index, group));
      return new LldpSocket(fd);
    } catch (fault) {
      closeDescriptor(fd);
      throw fault;
    }
  }

  /**
   * What this machine says itself is not among them: that goes only to sockets for every EtherType.
   *
   * @returns the next frame that waits, valid until the next call; `undefined` when none does
   */
  take(): Uint8Array | undefined {
    const lengthBytes = receiveWaiting(this.#fd, this.#buffer);
    return lengthBytes === undefined ? undefined : this.#buffer.subarray(0, lengthBytes);
  }

  [Symbol.dispose](): void {
    closeDescriptor(this.#fd);
  }
}

/** `struct sockaddr_ll`. */
function linkAddress(index: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.set(int32(AF_PACKET).subarray(0, 2), 0);
  bytes.writeUInt16BE(ETH_P_LLDP, 2);
  bytes.set(int32(index), 4);
  return bytes;
}

/** `struct packet_mreq`, with PACKET_MR_MULTICAST, which is 0. */
function membership(index: number, group: string): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.set(int32(index), 0);
  bytes.set(int32(group.length / 2).subarray(0, 2), 6);
  bytes.write(group, 8, "hex");
  return bytes;
}

/** Network order, as `socket` wants its protocol; on the little-endian machines that Node runs on. */
const swapped = (value: number): number => ((value & 0xff) << 8) | (value >> 8);
