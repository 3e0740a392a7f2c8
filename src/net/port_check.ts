/** Whether a port could be had, by having it for a moment: other programs may hold it on other interfaces only, which /proc does not tell. */
import { once } from "node:events";
import { createServer } from "node:net";
import {
  AF_INET,
  bindSocket,
  closeDescriptor,
  openSocket,
  SO_BINDTODEVICE,
  SOCK_DGRAM,
  SOL_SOCKET,
  SystemCallError,
  setSocketOption,
  socketAddress,
} from "./libc.ts";

/** @returns false when another program has it; also true when the rights to ask are missing, which others tell */
export function isUdpPortFree(device: string, port: number): boolean {
  const fd = openSocket(AF_INET, SOCK_DGRAM);
  try {
    setSocketOption(fd, [SOL_SOCKET, SO_BINDTODEVICE], Buffer.from(`${device}\0`));
    bindSocket(fd, socketAddress(new Uint8Array(4), port));
    return true;
  } catch (fault) {
    if (!(fault instanceof SystemCallError)) throw fault;
    return fault.code !== "EADDRINUSE";
  } finally {
    closeDescriptor(fd);
  }
}

export async function isTcpPortFree(address: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host: address, port, exclusive: true });
    await once(server, "listening");
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code !== "EADDRINUSE";
  } finally {
    server.close();
  }
}
