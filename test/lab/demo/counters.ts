/** Counts image bytes where nobody can be wrong about them: in the kernel of the appliance's network. */
import type { Lab } from "../lab.ts";

/** Where the appliance's own copy of an image comes from. */
const SOURCE_PORT = 7802;

const RULES = `table inet demo {
  chain sent {
    type filter hook output priority 0
    oifname "eth1" tcp sport ${SOURCE_PORT} counter
  }
}
`;

/** From now on. */
export async function countImageBytes(lab: Lab): Promise<void> {
  const { code, stderr } = await lab.exec(["sh", "-c", `printf '%s' "$0" | nft -f -`, RULES]);
  if (code !== 0) throw new Error(`Cannot count packets: ${stderr}`);
}

/** Bytes of packets that left by the source's port, their headers and repetitions included. */
export async function countedImageBytes(lab: Lab): Promise<number> {
  const { stdout } = await lab.exec(["nft", "list", "table", "inet", "demo"]);
  return Number(/counter packets \d+ bytes (\d+)/.exec(stdout)?.[1] ?? Number.NaN);
}
