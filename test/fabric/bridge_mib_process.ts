/** What snmpd starts to be told the MAC table of its switch: `node bridge_mib_process.ts BRIDGE bridge|qBridge|both`. */
import { readdirSync, readFileSync } from "node:fs";
import { type Bridge, bridgeRows, readForwarding } from "./bridge_mib.ts";
import { servePassPersist } from "./pass_persist_loop.ts";

const numberIn = (path: string): number => Number(readFileSync(path, "utf8").trim());

function look(bridge: string): Bridge {
  const dir = `/sys/class/net/${bridge}`;
  return {
    address: Buffer.from(readFileSync(`${dir}/address`, "utf8").trim().replaceAll(":", ""), "hex"),
    ports: readdirSync(`${dir}/brif`)
      .map((port) => ({
        number: numberIn(`${dir}/brif/${port}/port_no`),
        ifIndex: numberIn(`/sys/class/net/${port}/ifindex`),
      }))
      .sort((left, right) => left.number - right.number),
    entries: readForwarding(readFileSync(`${dir}/brforward`)),
  };
}

const [bridge = "br0", tables = "both"] = process.argv.slice(2);
servePassPersist(() => bridgeRows(look(bridge), tables as "bridge" | "qBridge" | "both"));
