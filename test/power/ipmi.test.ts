import { expect, test } from "vitest";
import type { Ran } from "#src/power/driver.ts";
import { ipmiDriver } from "#src/power/ipmi.ts";

const settings = {
  driver: "ipmi",
  address: "10.0.0.5",
  port: 623,
  user: "admin",
  password: "s3cret",
} as const;
const driver = ipmiDriver({ name: "node1", settings, uefi: false });
const ended = (code: number, stdout: string, stderr = ""): Ran => ({ kind: "ended", code, stdout, stderr });

test("the password is in the environment and in no argument", () => {
  const invocation = driver.invocation("status", 0);
  expect(invocation?.args.join(" ")).not.toContain("s3cret");
  expect(invocation?.args).toContain("-E");
  expect(invocation?.env).toEqual({ IPMI_PASSWORD: "s3cret", IPMITOOL_PASSWORD: "s3cret" });
  expect(invocation?.args.slice(0, 8)).toEqual([..."-I lanplus -H 10.0.0.5 -p 623 -U admin".split(" ")]);
});

test("cipher suites are tried as administrator first, then as operator", () => {
  const said = Array.from({ length: driver.sessions }, (_, session) => {
    const args = driver.invocation("on", session)?.args ?? [];
    return `${args[args.indexOf("-L") + 1]} ${args[args.indexOf("-C") + 1]}`;
  });
  expect(said).toEqual(["ADMINISTRATOR 3", "ADMINISTRATOR 17", "OPERATOR 3", "OPERATOR 17"]);
});

test.each([
  { uefi: false, verb: "pxe", words: "chassis bootdev pxe" },
  { uefi: true, verb: "pxe", words: "chassis bootdev pxe options=efiboot" },
  { uefi: true, verb: "disk", words: "chassis bootdev disk options=efiboot" },
  { uefi: true, verb: "on", words: "chassis power on" },
] as const)("$verb with UEFI $uefi is: $words", ({ uefi, verb, words }) => {
  const args = ipmiDriver({ name: "node1", settings, uefi }).invocation(verb, 0)?.args ?? [];
  expect(args.slice(args.indexOf("chassis")).join(" ")).toBe(words);
});

/** As ipmitool 1.8.19 wrote them, asked by `-v` of ipmi_sim 2.0.33 or of nobody. */
const SESSION_FAILED = "Error: Unable to establish IPMI v2 / RMCP+ session\n";
const REFUSALS = [
  {
    when: "the password is wrong",
    stderr: `Loading IANA PEN Registry...\n> RAKP 2 HMAC is invalid\n${SESSION_FAILED}`,
    kind: "badCredentials",
    problem: 'BMC 10.0.0.5 of node1 refused user "admin": check user and password',
  },
  {
    when: "the user is unknown",
    stderr: `Loading IANA PEN Registry...\nRAKP 2 message indicates an error : unauthorized name\n${SESSION_FAILED}`,
    kind: "badCredentials",
    problem: 'BMC 10.0.0.5 of node1 refused user "admin": check user and password',
  },
  {
    when: "the cipher suite is not supported",
    stderr: `Error in open session response message : invalid authentication algorithm\n\n${SESSION_FAILED}`,
    kind: "sessionRefused",
    problem: "BMC 10.0.0.5 of node1 takes none of our cipher suites: allow suite 3 or 17 in its settings",
  },
  {
    when: "it knows no IPMI 2.0",
    stderr: `This BMC does not support IPMI v2 / RMCP+\n${SESSION_FAILED}`,
    kind: "sessionRefused",
    problem:
      "BMC 10.0.0.5 of node1 speaks only IPMI 1.5, which has no encryption: switch IPMI 2.0 over LAN on",
  },
  {
    when: "nobody answers",
    stderr: `Get Auth Capabilities error\nError issuing Get Channel Authentication Capabilities request\n${SESSION_FAILED}`,
    kind: "unreachable",
    problem:
      "BMC 10.0.0.5 of node1 does not answer: check its address, its network cable and that IPMI over LAN is on",
  },
  {
    when: "the name does not resolve",
    stderr: `Address lookup for nohost.example failed\nCould not open socket!\n${SESSION_FAILED}`,
    kind: "unreachable",
    problem:
      "BMC 10.0.0.5 of node1 has an address that cannot be used: check its spelling and the route to it",
  },
  {
    when: "the chassis refuses",
    stderr: "Set Chassis Power Control to Up/On failed: Command not supported in present state\n",
    kind: "refused",
    problem:
      'BMC 10.0.0.5 of node1 refused: ipmitool said "Set Chassis Power Control to Up/On failed: Command not supported in present state"',
  },
  {
    when: "the answer is full of control characters",
    stderr: "bad \u001b[31m\u0007 thing\n",
    kind: "refused",
    problem: 'BMC 10.0.0.5 of node1 refused: ipmitool said "bad ?[31m? thing"',
  },
];

test.each(REFUSALS)("when $when, the problem says so", ({ stderr, kind, problem }) => {
  expect(driver.read("status", ended(1, "", stderr))).toEqual({ ok: false, kind, problem });
});

test.each([
  { stdout: "Chassis Power is on\n", reading: { ok: true, state: "on" } },
  { stdout: "Chassis Power is off\n", reading: { ok: true, state: "off" } },
])("status $reading.state", ({ stdout, reading }) => {
  expect(driver.read("status", ended(0, stdout))).toEqual(reading);
});

test.each(["", "Chassis Power is offended\n", "Chassis Power is\n"])("%j is neither on nor off", (stdout) => {
  expect(driver.read("status", ended(0, stdout))).toMatchObject({ ok: false, kind: "unknownAnswer" });
});

test.each([
  { selector: "Force PXE", bootDevice: "network" },
  { selector: "Force Boot from default Hard-Drive", bootDevice: "disk" },
  { selector: "No override", bootDevice: "disk" },
  { selector: "Force Boot into BIOS Setup", bootDevice: "other" },
])("boot device selector $selector is $bootDevice", ({ selector, bootDevice }) => {
  const stdout = ` Boot Flags :\n   - Boot Flag Invalid\n   - Boot Device Selector : ${selector}\n`;
  expect(driver.read("boot-device", ended(0, stdout))).toEqual({ ok: true, bootDevice });
});

test("a missing ipmitool and a hanging one are told apart", () => {
  expect(driver.read("on", { kind: "missing" })).toMatchObject({ kind: "programMissing" });
  expect(driver.read("on", { kind: "timeout", limitMs: 20_000 })).toMatchObject({
    kind: "timeout",
    problem: 'BMC 10.0.0.5 of node1 did not finish "on" within 20 s',
  });
});
