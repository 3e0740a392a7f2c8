import type { Node, PowerSettings } from "#src/nodes/node.ts";
import type { NodeIdentity } from "#src/nodes/node_identity.ts";
import type { NodeStore } from "#src/nodes/node_store.ts";
import { parseIpv4 } from "#src/value/ipv4.ts";
import { parseMac } from "#src/value/mac.ts";
import type { InventoryRows } from "./inventory_rows.ts";
import type { NodeRow } from "./schema.ts";
import type { SecretBox } from "./secret_box.ts";
import type { Parts } from "./store_parts.ts";
import {
  type ReportSkipped,
  readRows,
  storedObject,
  storedStrings,
  storedWord,
  wanted,
} from "./stored_rows.ts";

type IpmiSettings = Extract<PowerSettings, { driver: "ipmi" }>;
type PublicPower = Omit<IpmiSettings, "password"> | Extract<PowerSettings, { driver: "command" }>;

/** @param inventories what goes along when nodes are renamed, merged or exchanged, in the same transaction */
export async function openNodes(
  { db, queue, secrets, report }: Parts,
  inventories: InventoryRows,
): Promise<NodeStore> {
  const rows = await db.selectFrom("nodes").selectAll().execute();
  const read = (row: NodeRow): Node => nodeOf(row, secrets, report);
  const nodes = readRows(rows, { table: "nodes", keyOf: ({ name }) => name, read }, report);
  return {
    all: () => nodes,
    save: async (change) => {
      const { put = [], remove = [] } = change;
      const changed = put.map((node) => rowOf(node, secrets));
      const moves = inventories.movesOf(change);
      await queue.write("nodes", async (transaction) => {
        await moves.write(transaction);
        for (const name of remove) await transaction.deleteFrom("nodes").where("name", "=", name).execute();
        for (const row of changed) {
          const { name, ...rest } = row;
          // Not "replace": that would delete another node that has the address instead of failing.
          const insert = transaction.insertInto("nodes").values(row);
          await insert.onConflict((conflict) => conflict.column("name").doUpdateSet(rest)).execute();
        }
      });
      moves.show();
    },
  };
}

function nodeOf(row: NodeRow, secrets: SecretBox, report: ReportSkipped): Node {
  return {
    name: row.name,
    macs: storedStrings(row.macs, "macs").map((mac) => wanted(parseMac(mac), "MAC")),
    status: storedWord(row.status, ["discovered", "registered"], "status"),
    address: row.address === null ? undefined : wanted(parseIpv4(row.address), "address"),
    firmware: row.firmware === null ? undefined : storedWord(row.firmware, ["bios", "uefi"], "firmware"),
    power: powerOf(row, secrets, report),
    kernelArguments: storedStrings(row.kernel_arguments, "kernel_arguments"),
    secureBoot: row.secure_boot === null ? undefined : row.secure_boot === 1,
    groups: storedStrings(row.groups, "groups"),
    dhcpOptions: storedStrings(row.dhcp_options, "dhcp_options"),
    ...(row.identity === null ? {} : { identity: storedObject<NodeIdentity>(row.identity, "identity") }),
    ...(row.pinned === 1 ? { pinned: true } : {}),
    ...(row.protected === 1 ? { protected: true } : {}),
  };
}

function powerOf(row: NodeRow, secrets: SecretBox, report: ReportSkipped): PowerSettings | undefined {
  if (row.power === null) return undefined;
  const power = storedObject<PublicPower>(row.power, "power");
  if (power.driver === "command") return power;
  const password = row.bmc_password && secrets.open(row.bmc_password, bmcOf(power));
  if (typeof password === "string") return { ...power, password };
  // The node itself is worth more than its power settings: keep it, say what is to be done.
  const problem = `its BMC password cannot be decrypted; give all its power settings again with "brigade node set ${row.name} --power ipmi --bmc …"`;
  report({ table: "nodes", row: row.name, problem });
  return undefined;
}

function rowOf(node: Node, secrets: SecretBox): NodeRow {
  const { power, password } = splitPower(node.power);
  return {
    name: node.name,
    macs: JSON.stringify(node.macs),
    status: node.status,
    address: node.address ?? null,
    firmware: node.firmware ?? null,
    power: power === undefined ? null : JSON.stringify(power),
    bmc_password: power?.driver === "ipmi" ? secrets.seal(password, bmcOf(power)) : null,
    kernel_arguments: JSON.stringify(node.kernelArguments),
    secure_boot: node.secureBoot === undefined ? null : Number(node.secureBoot),
    groups: JSON.stringify(node.groups ?? []),
    dhcp_options: JSON.stringify(node.dhcpOptions ?? []),
    identity: node.identity === undefined ? null : JSON.stringify(node.identity),
    pinned: Number(node.pinned ?? false),
    protected: Number(node.protected ?? false),
  };
}

function splitPower(settings: PowerSettings | undefined): {
  power: PublicPower | undefined;
  password: string;
} {
  if (settings?.driver !== "ipmi") return { power: settings, password: "" };
  const { password, ...power } = settings;
  return { power, password };
}

/** A password is sealed for one BMC: who can write to the database cannot have it sent elsewhere. */
const bmcOf = ({ address, port, user }: Omit<IpmiSettings, "password">): string =>
  JSON.stringify(["ipmi", address, port, user]);
