/** What snmpd starts to answer as another switch does that was recorded: `node recorded_mib_process.ts FILE`. */
import { readFileSync } from "node:fs";
import type { Varbind } from "#src/fabric/snmp_value.ts";
import { inOrder, octets, oidOf, type Row } from "./pass_persist.ts";
import { servePassPersist } from "./pass_persist_loop.ts";
import { varbindsOf } from "./snmprec.ts";

function rowsOf({ oid, value }: Varbind): readonly Row[] {
  const row = (type: Row["type"], text: string): readonly Row[] => [{ oid: oidOf(oid), type, value: text }];
  switch (value.kind) {
    case "number":
      return row(Math.abs(value.number) < 2 ** 31 ? "integer" : "gauge", String(value.number));
    case "counter64":
      return row("counter64", String(value.count));
    case "octets":
      return row("octet", octets(value.bytes));
    case "oid":
      return row("objectid", `.${value.oid}`);
    case "address":
      return row("ipaddress", value.address);
    case "none":
      return [];
  }
}

const rows = inOrder(varbindsOf(readFileSync(process.argv[2] ?? "", "utf8")).flatMap(rowsOf));
servePassPersist(() => rows);
