import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

/** Who may import whom. Left imports right; a folder may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  value: [],
  net: ["value"],
  events: ["value"],
  config: ["value"],
  nodes: ["value"],
  dhcp: ["value", "net", "events", "nodes"],
  tftp: ["value", "net", "events"],
  agent: ["value", "net", "events"],
  power: ["value", "net", "events", "nodes"],
  fabric: ["value", "net", "events"],
  images: ["value", "events"],
  access: ["value", "events"],
  boot: ["value", "events", "nodes"],
  broadcast: ["value", "net", "events", "agent", "images"],
  deploy: ["value", "events", "nodes", "boot", "power", "agent", "broadcast", "images", "fabric"],
  doctor: ["value", "net", "dhcp"],
  webhooks: ["value", "net", "events"],
  store: [
    ...["value", "nodes", "dhcp", "agent", "images", "deploy", "access", "events", "boot", "fabric"],
    "webhooks",
  ],
  http: [
    "value",
    "events",
    "nodes",
    "boot",
    "images",
    "deploy",
    "power",
    "access",
    "dhcp",
    "agent",
    "fabric",
    "webhooks",
  ],
  cli: ["value", "http", "nodes", "fabric"],
  page: ["http"],
};

/** Folders and files that decide. They take what they need as arguments, so no `node:` imports. */
const PURE = [
  /^src\/value\/(?!retry)/,
  /^src\/net\/arp\./,
  /^src\/nodes\//,
  /^src\/app\/fabric_known\./,
  /^src\/dhcp\/(packet|option|option_kinds|option_names|option_spec|node_options|facts|offer|offer_probes|leases|subnets|proxy|overheard|replies|foreign_servers)\./,
  /^src\/tftp\/(packet|offer|transfer|round_trip|waiting_room)\./,
  /^src\/boot\/(firmware|choice|ipxe_lines|script|profile|grub_config|ladder|notice)\./,
  /^src\/boot\/(timeline|timelines|timeline_room|moments|stall)\./,
  /^src\/agent\/(frame|messages|requests|json_fields|inventory|job_state|jobs)\./,
  /^src\/broadcast\/(plan|line|chains|chain_count|coordinator|decision|stragglers|lag|rank|member|order|slow|translate|data_frame|piece_batch|rates|reports|node_report)\./,
  /^src\/broadcast\/simulation\//,
  /^src\/images\/(manifest|catalogue|reader|tar_header|tar_walk|root_facts|source_format|import_problem|byte_lru|hot_chunks)\./,
  /^src\/images\/(source_fault|stream_piece|zero_blocks|disk_layout|disk_walk|container_names|import_limits)\./,
  /^src\/images\/description(_[a-z]+)*\./,
  /^src\/images\/(bootability|image_reference|image_terms|inspection|root_inspection|program_architecture)\./,
  /^src\/images\/(disk_inspection|disk_partitions|file_system_magic)\./,
  /^src\/images\/(container_documents|container_choice|layer_tree|tar_members|tar_writer)\./,
  /^src\/images\/(qcow2_header|qcow2_clusters|zstd_frame|lz4_block|lz4_stream|xxhash32|peekable|ahead)\./,
  /^src\/fabric\/lldp(_(address|id|management|mandatory|oid|memory|optional|organisation|text|tlv|value))?\./,
  /^src\/fabric\/merge(_[a-z]+)*\./,
  /^src\/fabric\/(machine_places|graph|heard|mac_text|mib|read_[a-z_]+|reading|settled_id|snmp_value|varbind_table)\./,
  /^src\/fabric\/(order|order_(types|tree|explain|text)|crossings|chain_cuts|stream_rates|known_rate|node_places)\./,
  /^src\/fabric\/(cabling|cabling_[a-z]+|check|check_[a-z]+|port_match|history|history_[a-z]+|tree_[a-z]+|graphviz)\./,
  /^src\/fabric\/(fabric_tree|spanning_tree|port_index|port_health)\./,
  /^src\/fabric\/(ber_reader|crawl|crawl_machines|oid_order|request_gate|scan_types|snmp_credentials|snmp_message|snmp_tables|snmp_varbind|table_walk|walk_guard|walk_rows)\./,
  /^src\/fabric\/(check_scope|crowds|fabric_messages|scan_record|scan_news)\./,
  /^src\/power\/(result|driver|ipmi|command|settings_check|goal|window)\./,
  /^src\/deploy\/(learned_limits|steps|node_state|workflow|workflow_input|group_workflows|plan|transition|time_limit|new_deployment|older_deployment|boot_profile|outcome|disk_rule|choose_disk|look_text|target|size_text|layout_choice)\./,
  /^src\/deploy\/layout\//,
  /^src\/deploy\/(spares|success_rule|left|expected_disk|consent|operation|operation_check|operation_plan)\./,
  /^src\/deploy\/(probes\/probe_choice|seed\/seed|boot_loader_choice)\./,
  /^src\/doctor\/(facts|finding|findings|host_findings|interface_findings|read_tools)\./,
  /^src\/access\/(principal|user|failed_logins|call_counts)\./,
  /^src\/events\//,
  /^src\/webhooks\/webhook\./,
  /^src\/http\/(metrics_text|metrics_values|step_clock|openapi|paging|route_rights|user_types)\./,
  /^src\/http\/(api_types|boot_admission|boot_paths|boot_types|broadcast_types|deployment_news|deployment_types|operation_types|preview_types|operation_input|refusals|system_types|views)\./,
  /^src\/cli\/(output|probe_option|words|sse_reader|deployment_report|preview_report|operations_yaml|deployment_ways|broadcast_table|image_report|boots_report|fabric_report|node_names|node_identity|cli_fault)\./,
];

const IMPORT = /\b(?:from|import)\s*\(?\s*"([^"]+)"/g;
const roomOf = (path: string): string => path.split("/")[1] ?? "";

/** The composition root imports everything and is imported by nobody, except as the start of a worker or process. */
const ROOT = "app";

test.each(globSync("src/**/*.ts").sort())("%s", (path) => {
  const room = roomOf(path);
  const allowed = room === ROOT ? undefined : MAY_IMPORT[room];
  if (room !== ROOT) expect(allowed, `src/${room} is missing from the table`).toBeDefined();
  const pure = PURE.some((pattern) => pattern.test(path));

  for (const [, target = ""] of readFileSync(path, "utf8").matchAll(IMPORT)) {
    if (pure && target.startsWith("node:"))
      expect(target, `${path} decides and may do no I/O`).toBe("node:buffer");
    const file = target.startsWith(".") ? join(dirname(path), target) : target.replace(/^#/, "");
    if (allowed && file.startsWith("src/")) expect([...allowed, room], target).toContain(roomOf(file));
  }
});
