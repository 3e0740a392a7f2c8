/** The client against Net-SNMP's agent, and against nobody. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSwitch } from "#src/fabric/read_switch.ts";
import { RequestGate } from "#src/fabric/request_gate.ts";
import type { SnmpCredentials } from "#src/fabric/snmp_credentials.ts";
import { readWalk, type WalkOutcome } from "#src/fabric/switch_walk.ts";
import { ip } from "#test/dhcp/packets.ts";
import {
  AUTH_KEY,
  authProtocols,
  COMMUNITY,
  PRIV_KEY,
  privUser,
  type Snmpd,
  startSnmpd,
} from "./real_snmpd.ts";

const PORT = 16_101;
const NOBODY = 16_102;
const DEADLINE_MS = 4000;
const LOCALHOST = ip("127.0.0.1");

let snmpd: Snmpd;
beforeAll(async () => {
  snmpd = await startSnmpd(PORT);
});
afterAll(() => snmpd[Symbol.asyncDispose]());

const walk = (credentials: readonly SnmpCredentials[], port = PORT): Promise<WalkOutcome> =>
  readWalk(
    { address: LOCALHOST, port, credentials },
    {
      ...{ gate: new RequestGate(100), signal: AbortSignal.timeout(60_000), deadlineMs: DEADLINE_MS },
      ...{ nowMs: Date.now, isNew: () => true },
    },
  );

const community = (name: string): SnmpCredentials => ({ version: "2c", community: name });

test("version 2c: the columns that are read, row for row as snmpbulkwalk gets them", async () => {
  const outcome = await walk([community(COMMUNITY)]);
  if (outcome.kind !== "walk") throw new Error(JSON.stringify(outcome));
  expect(outcome.walk.gaps).toEqual([]);
  const ours = outcome.walk.varbinds.map(({ oid }) => oid);
  for (const root of ["1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.31.1.1.1.15", "1.3.6.1.2.1.4.20.1.2"]) {
    const argv = ["-v2c", "-c", COMMUNITY, "-On", `127.0.0.1:${PORT}`, `.${root}`];
    const theirs = execFileSync("snmpbulkwalk", argv, { encoding: "utf8", env: { ...process.env, MIBS: "" } })
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[0]?.slice(1));
    expect(ours.filter((oid) => oid.startsWith(`${root}.`))).toEqual(theirs);
  }
  const reading = readSwitch(outcome.walk);
  expect(reading.system.name).toBe("lab-switch");
  expect(reading.ownAddresses).toContain("127.0.0.1");
});

describe("version 3", () => {
  test.each(authProtocols)("authPriv with %s and AES", async (authProtocol) => {
    const outcome = await walk([privUser(authProtocol)]);
    expect(outcome).toMatchObject({ kind: "walk", credentials: 0, walk: { gaps: [] } });
  });

  test.each<[string, SnmpCredentials]>([
    [
      "authNoPriv",
      { version: "3", user: "onlyauth", level: "authNoPriv", authProtocol: "sha", authKey: AUTH_KEY },
    ],
    [
      "authPriv with SHA-512 and AES of 256 bits",
      {
        ...{ version: "3", user: "uaes256", level: "authPriv", authProtocol: "sha512", authKey: AUTH_KEY },
        ...{ privProtocol: "aes256", privKey: PRIV_KEY },
      },
    ],
    ["noAuthNoPriv", { version: "3", user: "open", level: "noAuthNoPriv" }],
  ])("%s", async (_, credentials) => {
    expect(await walk([credentials])).toMatchObject({ kind: "walk", walk: { gaps: [] } });
  });

  test.each<[string, SnmpCredentials]>([
    ["a wrong key", { ...privUser("sha256"), authKey: "not-authentic" } as SnmpCredentials],
    ["a user that nobody knows", { version: "3", user: "stranger", level: "noAuthNoPriv" }],
    ["too low a level", { version: "3", user: "usha", level: "noAuthNoPriv" }],
    [
      "a user that may not encrypt",
      {
        ...{ version: "3", user: "onlyauth", level: "authPriv", authProtocol: "sha", authKey: AUTH_KEY },
        ...{ privProtocol: "aes", privKey: PRIV_KEY },
      },
    ],
  ])("%s is refused at once", async (_, credentials) => {
    const startedAtMs = performance.now();
    expect(await walk([credentials])).toEqual({ kind: "silent", reason: "refused" });
    expect(performance.now() - startedAtMs).toBeLessThan(DEADLINE_MS / 4);
  });
});

describe("nothing comes back", () => {
  test.each<[string, readonly SnmpCredentials[], number]>([
    ["nobody is there", [community(COMMUNITY)], NOBODY],
    ["a wrong community", [community("wrong")], PORT],
    ["three wrong ones", ["a", "b", "c"].map(community), PORT],
    ["version 3 to nobody", [privUser("sha")], NOBODY],
  ])("%s: silent, within the deadline", async (_, credentials, port) => {
    const startedAtMs = performance.now();
    expect(await walk(credentials, port)).toEqual({ kind: "silent", reason: "noAnswer" });
    expect(performance.now() - startedAtMs).toBeLessThan(DEADLINE_MS + 500);
  });

  test("the first credentials that are taken count, and are named by their place", async () => {
    const outcome = await walk([
      community("wrong"),
      { version: "3", user: "stranger", level: "noAuthNoPriv" },
      privUser("sha"),
    ]);
    expect(outcome).toMatchObject({ kind: "walk", credentials: 2 });
  });

  test("an abort ends it at once", async () => {
    const ended = new AbortController();
    const asked = readWalk(
      { address: LOCALHOST, port: NOBODY, credentials: [community("x")] },
      {
        ...{ gate: new RequestGate(1), signal: ended.signal, deadlineMs: 60_000 },
        ...{ nowMs: Date.now, isNew: () => true },
      },
    );
    ended.abort();
    expect(await asked).toEqual({ kind: "silent", reason: "deadline" });
  });
});
