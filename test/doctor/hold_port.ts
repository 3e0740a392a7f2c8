/** Holds a UDP port on an interface until it is killed: `node test/doctor/hold_port.ts eth0 4011`. */
import { UdpSocket } from "#src/net/udp_socket.ts";

const [, , device = "", port = ""] = process.argv;
await UdpSocket.open({ interface: device, port: Number(port), onDatagram: () => {}, onFault: () => {} });
process.stdout.write("bound\n");
