/** The manual's page of messages against the code: what can be said must be there. */
import { expect, test } from "vitest";
import { describeAccessProblem } from "#src/access/user.ts";
import { describeCircles, describeNotice, MAX_NOTICE_CHARACTERS, renderNotice } from "#src/boot/notice.ts";
import { renderAutoexec, renderScript, renderWhy } from "#src/boot/script.ts";
import { describeSettingProblem, type SettingProblem } from "#src/config/settings.ts";
import { describeLayoutProblem } from "#src/deploy/layout/layout_problem.ts";
import { describeStartProblem } from "#src/deploy/start_problem.ts";
import { DEPLOY_STEPS } from "#src/deploy/steps.ts";
import { describeEvent } from "#src/events/event.ts";
import { Refusals } from "#src/http/refusals.ts";
import { describeImportProblem } from "#src/images/import_problem.ts";
import { describeFinding } from "#src/nodes/finding.ts";
import { describeGroupProblem } from "#src/nodes/group.ts";
import { describeNodeProblem } from "#src/nodes/node_problem.ts";
import { commandDriver } from "#src/power/command.ts";
import type { Driver, Ran, Verb } from "#src/power/driver.ts";
import { ipmiDriver } from "#src/power/ipmi.ts";
import type { PowerFault } from "#src/power/result.ts";
import { powerSettingsFault } from "#src/power/settings_check.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { describeNodeSetError, parseNodeSet } from "#src/value/node_set.ts";
import { describeWebhookProblem } from "#src/webhooks/webhook.ts";
import {
  ACCESS_PROBLEMS,
  EVENTS,
  FINDINGS,
  GROUP_PROBLEMS,
  IMPORT_PROBLEMS,
  LAYOUT_PROBLEMS,
  N,
  NODE_PROBLEMS,
  START_PROBLEMS,
  shown,
  WEBHOOK_PROBLEMS,
} from "./samples.ts";
import { caught, HOLE, Page, typeScriptSentences } from "./sentences.ts";

const page = new Page("appliance/manual/messages.md");

test.each<readonly [string, readonly string[]]>([
  ["nodes", Object.values(NODE_PROBLEMS).map(describeNodeProblem)],
  [
    "who is who",
    [...Object.values(FINDINGS), { ...FINDINGS.secondCard, by: "uuid" } as const].map((one) =>
      describeFinding(one).replaceAll("PO RT", "PORT"),
    ),
  ],
  ["groups", Object.values(GROUP_PROBLEMS).map(describeGroupProblem)],
  ["layouts", Object.values(LAYOUT_PROBLEMS).map(describeLayoutProblem)],
  ["deployments", Object.values(START_PROBLEMS).map(describeStartProblem)],
  ["users and tokens", Object.values(ACCESS_PROBLEMS).map(describeAccessProblem)],
  ["webhooks", Object.values(WEBHOOK_PROBLEMS).map(describeWebhookProblem)],
  ["imports", Object.values(IMPORT_PROBLEMS).map((one) => describeImportProblem("IMAGE", one))],
  ["events", Object.values(EVENTS).map(describeEvent)],
  ["settings", [{ name: "OPTION", wanted: "WANTED" } satisfies SettingProblem].map(describeSettingProblem)],
])("every problem with %s is on the page", (_, sentences) => {
  expect(page.missing(sentences.map(shown))).toEqual([]);
});

const IPMI = {
  driver: "ipmi",
  address: "ADDRESS",
  port: 623,
  user: "USER",
  password: "secret",
} as const;
const ipmi = ipmiDriver({ name: "NODE", settings: IPMI, uefi: false });
const command = commandDriver("NODE", { driver: "command", command: ["PROGRAM"] });

const ended = (code: number, { out = "", err = "" }): Ran => ({
  kind: "ended",
  code,
  stdout: out,
  stderr: err,
});
const said = (driver: Driver, ran: Ran, verb: Verb = "status"): string => {
  const reading = driver.read(verb, ran);
  return reading.ok
    ? "nothing wrong"
    : reading.problem.replace(/"status" within 20 s/, '"ACTION" within N s');
};
const LATE: Ran = { kind: "timeout", limitMs: 20_000 };

/** For each fault what the drivers say of it; `noPower` and `badSettings` are said by `Power` itself. */
const POWER = {
  noPower: [],
  badSettings: [],
  badCredentials: [said(ipmi, ended(1, { err: "RAKP 2 HMAC is invalid" }))],
  sessionRefused: [
    said(ipmi, ended(1, { err: "no matching integrity payload" })),
    said(ipmi, ended(1, { err: "unauthorized role" })),
    said(ipmi, ended(1, { err: "does not support IPMI v2" })),
  ],
  unreachable: [
    said(ipmi, ended(1, { err: "Address lookup for x failed" })),
    said(ipmi, ended(1, { err: "Unable to establish" })),
  ],
  programMissing: [said(ipmi, { kind: "missing" }), said(command, { kind: "missing" })],
  timeout: [said(ipmi, LATE), said(command, LATE)],
  refused: [
    said(ipmi, ended(1, { err: "insufficient resources" })),
    said(ipmi, ended(1, { err: "WORDS" })),
    said(command, ended(N, { err: "WORDS" })).replace('"status"', '"ACTION"'),
  ],
  unknownAnswer: [said(ipmi, ended(0, { out: "WORDS" })), said(command, ended(0, { out: "WORDS" }))],
  unchanged: [ipmi.unchanged("on"), command.unchanged("on")].map((one) =>
    one.replace(/\bis (not )?on\b/, "is $1STATE"),
  ),
} satisfies Record<PowerFault, readonly string[]>;

test("every fault of a power control is on the page", () => {
  const settings = [
    { ...IPMI, address: "-" },
    { ...IPMI, port: 0 },
    { ...IPMI, user: "\n" },
    { ...IPMI, password: "\n" },
    { driver: "command", command: [] } as const,
    { driver: "command", command: ["a\0"] } as const,
  ].map((one) =>
    String(powerSettingsFault(one)).replace('"-"', '"TEXT"').replace("BMC port 0", "BMC port PORT"),
  );
  expect(page.missing([...Object.values(POWER).flat(), ...settings].map(shown))).toEqual([]);
});

test("every way to get a node set wrong is on the page", () => {
  const why = [
    "",
    "a!a",
    "a;b",
    "a[1",
    "a[x]",
    "a[9-1]",
    "a[001-10]",
    "a[1-9/0]",
    "a[1234567890123456]",
    "a[1-999999]",
    "a".repeat(1_000_001),
    "@",
    "@GROUP",
  ].map((text) => {
    const read = parseNodeSet(text, () => undefined);
    return read.ok ? text : read.error.detail;
  });
  const asOnPage = why.map((one) =>
    one
      .replace('";"', '"CHARACTER"')
      .replace('"x"', '"TEXT"')
      .replace(/^9-1\b/, "FIRST-LAST")
      .replace("001 and 10", "FIRST and LAST"),
  );
  const whole = describeNodeSetError("TEXT", { offset: N - 1, detail: "WHY" });
  expect(page.missing([whole, ...asOnPage].map(shown))).toEqual([]);
});

test("every step is on the page with its limits", async () => {
  const { readFile } = await import("node:fs/promises");
  const text = await readFile("appliance/manual/messages.md", "utf8");
  const rows = DEPLOY_STEPS.map(
    ({ name, phase, timeLimitSec, maxAttempts }) =>
      `| \`${name}\` | ${phase} | ${timeLimitSec} | ${maxAttempts} |`,
  );
  expect(rows.filter((row) => !text.includes(row))).toEqual([]);
});

/** Words of ours that no person meets: said to a machine, or only after another message. */
const UNSEEN = [
  "The appliance stops",
  "Cannot use the value of ",
  "Cannot understand argument ",
  "Cannot load the kernel ",
  // Of the store that keeps nothing.
  "Cannot create ",
  "Cannot write the image to ",
];
const isSeen = ({ sentence, before }: { readonly sentence: string; readonly before: string }): boolean =>
  !UNSEEN.some((start) => sentence.startsWith(start)) && !/RangeError\(\s*$/.test(before);

test("every sentence of the program that begins like a refusal is on the page", () => {
  const refusals = typeScriptSentences(
    "src",
    /Cannot |The (?:agent|appliance|script) |Node \$\{|No (?:end|image)/,
  );
  const found = refusals
    .filter((one) => isSeen(one) && !one.file.includes("node_scripts"))
    .map(({ sentence }) => sentence);
  expect(found.length).toBeGreaterThan(80);
  expect(page.missing(found)).toEqual([]);
});

test("every reason that a node's script gives is on the page", () => {
  const reasons = caught("src/deploy/node_scripts/*.ts", /\b(?:fail|hopeless) "((?:\\\\"|[^"])*)/g);
  // Inside a template each backslash is two; the target is the one value that has a name on the page.
  const sentences = reasons.map(({ sentence }) =>
    sentence
      .replaceAll("\\\\", "")
      .replaceAll("\\", "")
      .replace(`on ${HOLE}`, "on /mnt/target")
      .replace(`below ${HOLE}`, "below /mnt/target"),
  );
  expect(sentences.length).toBeGreaterThan(20);
  expect(page.missing(sentences)).toEqual([]);
});

test("everything that the ramdisk and the local boot loader say is on the page", () => {
  const ramdisk = caught("netboot/ramdisk/root/**/*", /\b(?:say|shout) "([^"]*[a-z]{2}[^"]*)/g);
  const loader = caught("netboot/loaders/localboot.cfg", /echo "Brigade: ([^"]*)/g);
  const sentences = [...ramdisk, ...loader].map(({ sentence }) => `Brigade: ${sentence}`);
  expect(sentences.length).toBeGreaterThan(20);
  expect(page.missing(sentences)).toEqual([]);
});

test("everything that the agent says is on the page", () => {
  const says = caught("netboot/agent/*.c", /\bsay\("((?:\\.|[^"])*)"/g);
  const refusals = caught("netboot/agent/*.c", /"((?:Cannot|Wrong|No memory) (?:\\.|[^"])*)"/g);
  const found = [...says, ...refusals].filter(isSeen).map(({ sentence }) => sentence);
  expect(found.length).toBeGreaterThan(30);
  expect(page.missing(found)).toEqual([]);
});

test("everything that a boot script shows is on the page", () => {
  const config = { serverAddress: "10.77.0.1" as Ipv4, httpPort: 8080 };
  const scripts = [
    renderScript({ kind: "localDisk", node: "NODE", because: "REASON" }, config),
    renderScript(
      {
        ...{ kind: "ramdisk", node: "NODE", because: "REASON", arguments: [] },
        circles: describeCircles("FILE", N),
      },
      config,
    ),
    renderScript({ kind: "localDisk", node: "NODE", because: "REASON" }, { ...config, withoutArm64: true }),
    renderScript({ kind: "refusal", because: "this machine (MAC) is not known here yet" }, config),
    renderAutoexec(config),
    renderNotice(describeNotice({ phase: "toldScript", loader: "FILE", fruitless: N }) ?? "", {
      ...{ mac: "52:54:00:00:00:01" as Mac, server: config.serverAddress, httpPort: 8080 },
    }),
    renderWhy(new Refusals().take(config.serverAddress)),
  ];
  const lines = scripts.flatMap((script) => script.split("\n").filter((line) => line.startsWith("echo ")));
  const asOnPage = lines.map((line) =>
    line
      .slice("echo ".length)
      .replaceAll("'", "")
      .replace(/\$\{errno\}/, "ERROR")
      .replace("10.77.0.1", "ADDRESS")
      .replace(/\b\d+ s$/, (time) => (line.includes("boot script") ? time : "N s")),
  );
  const firmware = `Brigade: ${describeNotice({ phase: "resting", loader: "FILE", fruitless: 8 })}`;
  expect(firmware.length).toBeLessThan(MAX_NOTICE_CHARACTERS);
  expect(page.missing([...asOnPage.map(shown), firmware])).toEqual([]);
});
