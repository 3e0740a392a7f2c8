/** Agents that mean us no good: each ends in a gap or in silence, within its deadline, and nothing is thrown anywhere. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { INTERFACES, SYSTEM } from "#src/fabric/mib.ts";
import { RequestGate } from "#src/fabric/request_gate.ts";
import type { SnmpCredentials } from "#src/fabric/snmp_credentials.ts";
import { SWITCH_TABLES } from "#src/fabric/snmp_tables.ts";
import { readWalk, type WalkOutcome } from "#src/fabric/switch_walk.ts";
import { SWITCH_BYTES } from "#src/fabric/table_run.ts";
import { ip } from "#test/dhcp/packets.ts";
import { integer, octets, response, sequence, tlv, varbind } from "./ber.ts";
import { messageId, rawAgent, requestIdOf } from "./raw_agent.ts";
import { privUser } from "./real_snmpd.ts";
import { type Answer, readRequest, serve, startAgent } from "./snmp_agent.ts";
import { snmpRecordings } from "./snmp_recordings.ts";
import { octetsValue, switchRows } from "./switch_rows.ts";

const DEADLINE_MS = 3000;
const ENGINE = Buffer.from("80001f8804616263", "hex");
const ROWS = switchRows({ name: "sw1", mac: "02:00:00:00:01:00", ports: 48 });
const PUBLIC: SnmpCredentials = { version: "2c", community: "public" };
const honest = serve(ROWS);
const [IF_NAME, IF_SPEED] = [INTERFACES.name, INTERFACES.speedMbit];
const COLUMNS = SWITCH_TABLES.flatMap(({ columns }) => columns);
const asksFor = (oids: readonly string[], root: string): boolean => oids.some((oid) => oid.startsWith(root));

async function walkOf(port: number, credentials: SnmpCredentials = PUBLIC): Promise<WalkOutcome> {
  const startedAtMs = performance.now();
  const outcome = await readWalk(
    { address: ip("127.0.0.1"), port, credentials: [credentials] },
    {
      ...{ gate: new RequestGate(100), signal: AbortSignal.timeout(60_000), deadlineMs: DEADLINE_MS },
      ...{ nowMs: Date.now, isNew: () => true },
    },
  );
  expect(performance.now() - startedAtMs).toBeLessThan(DEADLINE_MS + 1000);
  return outcome;
}

const gapsOf = (outcome: WalkOutcome): unknown => (outcome.kind === "walk" ? outcome.walk.gaps : outcome);

test("an honest agent of ours, for comparison: every row that is asked for, no gap", async () => {
  await using agent = await startAgent(honest);
  const outcome = await walkOf(agent.port);
  if (outcome.kind !== "walk") throw new Error(JSON.stringify(outcome));
  expect(outcome.walk.gaps).toEqual([]);
  expect(outcome.walk.varbinds).toEqual(ROWS);
});

describe("one table gone wrong, the others as they should be", () => {
  const cell = (oid: string): Buffer => varbind({ oid, value: octetsValue("x") });
  const columnNumbers = IF_NAME.split(".").length;
  /** The row so many behind an OID of the table. */
  const behind = (oid: string, rows: number): string => {
    const numbers = oid.split(".");
    return `${numbers.slice(0, columnNumbers).join(".")}.${Number(numbers[columnNumbers] ?? 0) + rows}`;
  };
  const endless: Answer = (request) => {
    const rows = Array.from({ length: request.repetitions }, (_, at) => at + 1);
    return [
      response({
        ...request,
        varbinds: rows.flatMap((row) => request.oids.map((oid) => cell(behind(oid, row)))),
      }),
    ];
  };
  test.each<[string, Answer, string]>([
    [
      "the same row for ever",
      (request) => [response({ ...request, varbinds: [cell(`${IF_NAME}.7`)] })],
      "loop",
    ],
    [
      "rows that go back",
      (request) => [
        response({
          ...request,
          varbinds: [cell(`${IF_NAME}.9`), cell(`${IF_SPEED}.1`), cell(`${IF_NAME}.2`), cell(`${IF_NAME}.8`)],
        }),
      ],
      "loop",
    ],
    ["rows without end", endless, "rowLimit"],
    ["genErr", (request) => [response({ ...request, varbinds: [], errorStatus: 5 })], "malformed"],
    ["tooBig", (request) => [response({ ...request, varbinds: [], errorStatus: 1 })], "malformed"],
    [
      "an error at a place that is not there",
      (request) => [response({ ...request, varbinds: [], errorStatus: 77, errorIndex: 900 })],
      "malformed",
    ],
    ["no varbinds", (request) => [response({ ...request, varbinds: [] })], "malformed"],
    ["not for you", (request) => [response({ ...request, varbinds: [], errorStatus: 16 })], "refused"],
  ])("%s", async (_, bad, reason) => {
    await using agent = await startAgent((request) =>
      asksFor(request.oids, IF_NAME) ? bad(request) : honest(request),
    );
    const outcome = await walkOf(agent.port);
    if (outcome.kind !== "walk") throw new Error(JSON.stringify(outcome));
    expect(outcome.walk.gaps).toEqual([{ table: "ifXTable", reason }]);
    const others = ({ oid }: { oid: string }): boolean => !oid.startsWith("1.3.6.1.2.1.31.1.1.");
    expect(outcome.walk.varbinds.filter(others)).toEqual(ROWS.filter(others));
  });
});

test("an agent that fills every table: no more is kept than a switch may fill", async () => {
  const value = octetsValue(Buffer.alloc(400, 0x61));
  await using agent = await startAgent((request) => {
    if (request.repetitions === 1) return honest(request);
    const rows = Array.from({ length: request.repetitions }, (_, at) => at + 1);
    const varbinds = rows.flatMap((row) =>
      request.oids.map((oid) => varbind({ oid: nextOid(oid, row), value })),
    );
    return [response({ ...request, varbinds })];
  });
  const outcome = await walkOf(agent.port);
  if (outcome.kind !== "walk") throw new Error(JSON.stringify(outcome));
  const kept = outcome.walk.varbinds.length * 400;
  expect(kept).toBeGreaterThan(SWITCH_BYTES / 4);
  expect(kept).toBeLessThan(SWITCH_BYTES);
  expect(outcome.walk.gaps.map(({ reason }) => reason)).toContain("rowLimit");
});

/** Behind an OID of whatever column: the column itself has no index yet. */
function nextOid(oid: string, by: number): string {
  const column = COLUMNS.find((root) => oid === root || oid.startsWith(`${root}.`)) ?? oid;
  return `${column}.${Number(oid.slice(column.length + 1)) + by}`;
}

describe("replies that are lost", () => {
  test("the same request again brings them", async () => {
    const seen = new Set<number>();
    await using agent = await startAgent((request) => {
      const isFirst = !seen.has(request.requestId) && seen.size < 2;
      seen.add(request.requestId);
      return isFirst && asksFor(request.oids, IF_NAME) ? [] : honest(request);
    });
    expect(gapsOf(await walkOf(agent.port))).toEqual([]);
  });

  test("a switch that falls silent in the middle: what it said is kept, and marked", async () => {
    let left = 12;
    await using agent = await startAgent((request) => (left-- > 0 ? honest(request) : []));
    const outcome = await walkOf(agent.port);
    if (outcome.kind !== "walk") throw new Error(JSON.stringify(outcome));
    expect(outcome.walk.varbinds.length).toBeGreaterThan(10);
    const reasons = new Set(outcome.walk.gaps.map(({ reason }) => reason));
    expect([...reasons]).toEqual(["deadline"]);
  });
});

test("a switch that takes its time: what it has said by its deadline is kept, and marked", async () => {
  const SLOW_MS = 300;
  let freeAtMs = 0;
  await using agent = await rawAgent((bytes, reply) => {
    // One request after the other, as the processor of a switch does.
    freeAtMs = Math.max(freeAtMs, performance.now()) + SLOW_MS;
    setTimeout(() => honest(readRequest(bytes)).forEach(reply), freeAtMs - performance.now());
    return [];
  });
  const outcome = await walkOf(agent.port);
  if (outcome.kind !== "walk") throw new Error(JSON.stringify(outcome));
  expect(outcome.walk.varbinds.map(({ oid }) => oid)).toContain(`${SYSTEM.name}.0`);
  expect(new Set(outcome.walk.gaps.map(({ reason }) => reason))).toEqual(new Set(["deadline"]));
});

/** Version 3, whose message id is what a reply is matched by. */
const authenticated = (messageNumber: number): Buffer =>
  sequence(
    integer(3),
    sequence(integer(messageNumber), integer(65_507), octets(Uint8Array.of(1)), integer(3)),
    octets(
      sequence(octets(ENGINE), integer(1), integer(1), octets("u"), octets(Buffer.alloc(12)), octets("")),
    ),
    sequence(octets(ENGINE), octets(""), tlv(0xa2, integer(1), integer(0), integer(0), sequence())),
  );

describe("datagrams that are no replies", () => {
  const silence = (outcome: WalkOutcome): void =>
    expect(outcome).toEqual({ kind: "silent", reason: "malformed" });
  test.each<[string, Answer]>([
    ["nothing", () => [Buffer.alloc(0)]],
    ["zeros", () => [Buffer.alloc(1400)]],
    ["60 KB of anything", () => [Buffer.alloc(60_000, 0x30)]],
    [
      "a length that goes beyond",
      (request) => honest(request).map((bytes) => Buffer.from(bytes).fill(0x7f, 1, 3)),
    ],
    ["half a reply", (request) => honest(request).map((bytes) => bytes.subarray(0, bytes.length >> 1))],
    ["authenticated, to one who has no keys", ({ requestId }) => [authenticated(requestId)]],
    ["a thousand at once", () => Array.from({ length: 1000 }, () => Buffer.alloc(100, 2))],
  ])("%s", async (_, answer) => {
    await using agent = await startAgent(answer);
    silence(await walkOf(agent.port));
  });

  const recorded = snmpRecordings();
  test.skipIf(recorded.length === 0)("everything that was ever recorded of SNMP, as a reply", async () => {
    const all = recorded.map(({ payload }) => payload);
    for (const credentials of [PUBLIC, privUser("sha")]) {
      await using agent = await rawAgent(() => all);
      const outcome = await walkOf(agent.port, credentials);
      expect(outcome.kind).toBe("silent");
    }
  });
});

describe("version 3", () => {
  const report = (requestBytes: Uint8Array, boots: number, engine: Uint8Array = ENGINE): Buffer =>
    sequence(
      integer(3),
      sequence(integer(messageId(requestBytes)), integer(65_507), octets(Uint8Array.of(0)), integer(3)),
      octets(sequence(octets(engine), integer(boots), integer(boots), octets(""), octets(""), octets(""))),
      sequence(
        octets(engine),
        octets(""),
        tlv(
          0xa8,
          integer(1),
          integer(0),
          integer(0),
          sequence(varbind({ oid: "1.3.6.1.6.3.15.1.1.2.0", value: { kind: "number", number: 1 } })),
        ),
      ),
    );

  test("an agent that never agrees on the time is not asked for ever", async () => {
    let asked = 0;
    await using agent = await rawAgent((bytes) => {
      asked++;
      return [report(bytes, 0)];
    });
    expect(await walkOf(agent.port, privUser("sha"))).toMatchObject({ kind: "silent" });
    expect(asked).toBeLessThan(100);
  });

  test("a response to discovery, which asked for nothing", async () => {
    await using agent = await rawAgent((bytes) => [
      Buffer.from(report(bytes, 5).toString("latin1").replace("\xa8", "\xa2"), "latin1"),
    ]);
    const open: SnmpCredentials = { version: "3", user: "open", level: "noAuthNoPriv" };
    expect(await walkOf(agent.port, open)).toEqual({ kind: "silent", reason: "malformed" });
  });

  test("an agent with another engine id each time leaves no keys behind", async () => {
    let count = 0;
    await using agent = await rawAgent((bytes) => [
      report(bytes, 0, Buffer.from(`8000000005${String(count++).padStart(8, "0")}`, "hex")),
    ]);
    expect(await walkOf(agent.port, privUser("sha"))).toMatchObject({ kind: "silent", reason: "malformed" });
  });

  test("a response without authentication is not believed", async () => {
    await using agent = await rawAgent((bytes) => [
      Buffer.from(report(bytes, 5).toString("latin1").replace("\xa8", "\xa2"), "latin1"),
    ]);
    expect(await walkOf(agent.port, privUser("sha"))).toEqual({ kind: "silent", reason: "malformed" });
  });
});

test("replies from another address are nobody's", async () => {
  const other = createSocket("udp4").bind(0, "127.0.0.2");
  await once(other, "listening");
  const agent = createSocket("udp4").bind(0, "127.0.0.1");
  await once(agent, "listening");
  agent.on("message", (bytes, { port, address }) => {
    for (const reply of honest({
      community: "public",
      requestId: requestIdOf(bytes),
      oids: ["1.3"],
      repetitions: 1,
    }))
      other.send(reply, port, address);
  });
  expect(await walkOf(agent.address().port)).toEqual({ kind: "silent", reason: "noAnswer" });
  other.close();
  agent.close();
});
