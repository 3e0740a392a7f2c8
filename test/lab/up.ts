/** `make lab-up`: starts a lab that stays, and says how to use it. */
import { parseArgs } from "node:util";
import { DEFAULT_DIRECTORY, startLab } from "./lab.ts";
import { readRunningLab } from "./running_lab.ts";

const { values } = parseArgs({ options: { nodes: { type: "string", default: "4" } } });
const lab = await startLab({ nodes: Number(values.nodes), detached: true });
const running = readRunningLab(lab.directory);
const enter = `nsenter -t ${running?.appliancePid} -n -m --wdns=$PWD`;
const rows = lab.nodes.map(({ name, mac, firmware, nic, bmc }) =>
  [name.padEnd(7), mac, firmware.padEnd(4), nic.padEnd(14), `${bmc.address}:${bmc.port}`, bmc.password].join(
    "  ",
  ),
);
process.stdout.write(`Lab of ${lab.nodes.length} machines, all off. Acceleration: ${lab.acceleration}
${rows.join("\n")}
BMC user admin, passwords as above. Consoles: ${DEFAULT_DIRECTORY}/node1/serial.log, or
  socat -,raw,echo=0,escape=0x1d unix:${DEFAULT_DIRECTORY}/node1/serial.sock
Run programs in the appliance's network (eth1 is ${lab.appliance.address}):
  ${enter} out/brigade serve --interface eth1 --data ${DEFAULT_DIRECTORY}/data
Listen on the switch:
  nsenter -t ${running?.supervisor.pid} -n tcpdump -ni br0
`);
