import { once } from "node:events";
import { createConnection } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AgentHub } from "#src/agent/hub.ts";
import type { Inventory } from "#src/agent/inventory.ts";
import { AgentGone } from "#src/agent/jobs.ts";
import { CONTROL, type Exited } from "#src/agent/messages.ts";
import { HubFixture } from "./hub_fixture.ts";

const soon = (): AbortSignal => AbortSignal.timeout(10_000);
const request = (id: string) => ({ id, script: "true", args: [], env: {}, timeLimitMs: 60_000 });
const exit = (code: number): Exited => ({ code, signal: null, timedOut: false, error: null });

let fixture: HubFixture;
let inventories: Inventory[];
beforeEach(async () => {
  inventories = [];
  fixture = await HubFixture.start({
    onInventory: (_, inventory) => void inventories.push(inventory),
    limits: {
      helloMs: 500,
      pingMs: 100,
      silenceMs: 600,
      heartbeatMs: 100,
      heardPauseMs: 0,
      strangersPerAddress: 5,
    },
  });
});
afterEach(() => fixture[Symbol.asyncDispose]());

const kinds = (): string[] => fixture.events.map((event) => event.kind);
const tlsToHub = (): TLSSocket =>
  connect({ port: fixture.hub.port, host: "127.0.0.1", rejectUnauthorized: false });

describe("an agent", () => {
  test("with a good token is there, and its inventory is passed on", async () => {
    const agent = fixture.agent("node1");
    const info = await fixture.hub.waitForAgent("node1", soon());
    expect(info).toMatchObject({ node: "node1", address: "127.0.0.1", dataPort: 7801, bootId: agent.bootId });
    expect(info.inventory?.firmware).toBe("uefi");
    expect(kinds()).toEqual(["agentConnected"]);
  });

  test("with a used token is told so", async () => {
    const token = fixture.admissions.mint("node1");
    fixture.agent("node1", { token });
    await fixture.hub.waitForAgent("node1", soon());
    const second = fixture.agent("node2", { token });
    await vi.waitFor(() => expect(second.refusal).toBe("unknown or used token"));
    expect(fixture.hub.agentOf("node2")).toBeUndefined();
    expect(JSON.stringify(fixture.events)).not.toContain(token);
  });

  test("that freezes is lost", async () => {
    const agent = fixture.agent("node1");
    await fixture.hub.waitForAgent("node1", soon());
    agent.frozen = true;
    await vi.waitFor(() => expect(kinds()).toContain("agentLost"), 3000);
    expect(fixture.hub.agentOf("node1")).toBeUndefined();
  });

  test("hears a ping all the time", async () => {
    const agent = fixture.agent("node1");
    await vi.waitFor(() => expect(agent.heard.get(CONTROL.ping)).toBeGreaterThan(3), 3000);
  });

  test("that connects anew takes the place of its older connection", async () => {
    const agent = fixture.agent("node1");
    await fixture.hub.waitForAgent("node1", soon());
    const newer = fixture.agent("node1");
    const info = await fixture.hub.waitForAgent("node1", soon(), ({ bootId }) => bootId === newer.bootId);
    expect(info.bootId).not.toBe(agent.bootId);
    expect(fixture.hub.agents()).toHaveLength(1);
    await vi.waitFor(() => expect(agent.hangUps).toBeGreaterThan(0));
  });

  test("that is told to reboot says so before it goes", async () => {
    const agent = fixture.agent("node1");
    const changes: string[] = [];
    fixture.hub.watch((change) => changes.push(change.kind));
    await fixture.hub.waitForAgent("node1", soon());
    await fixture.hub.leave("node1", "reboot");
    expect(agent.heard.get(CONTROL.reboot)).toBe(1);
    await vi.waitFor(() => expect(changes).toEqual(["here", "leaving", "lost"]));
  });

  test("that is not there cannot be told to reboot", async () => {
    await expect(fixture.hub.leave("node9", "reboot")).rejects.toThrow("its agent is not connected");
  });
});

test("an agent tells later what it heard of LLDP; what it said before is no news", async () => {
  const agent = fixture.agent("node1");
  await fixture.hub.waitForAgent("node1", soon());
  const lldp = [{ nic: "eth0", frame: "0180c200000e" }];
  agent.say(CONTROL.heard, { lldp });
  agent.say(CONTROL.heard, { lldp });
  agent.say(CONTROL.heard, { lldp: [] });
  await vi.waitFor(() => expect(inventories).toHaveLength(3));
  expect(inventories.map((one) => one.lldp)).toEqual([[], lldp, []]);
  expect(inventories.map((one) => one.firmware)).toEqual(["uefi", "uefi", "uefi"]);
  expect(fixture.hub.agentOf("node1")?.inventory?.lldp).toEqual([]);
});

test("an agent that floods with LLDP is heard once a second", async () => {
  let nowMs = 0;
  await fixture[Symbol.asyncDispose]();
  fixture = await HubFixture.start({
    nowMs: () => nowMs,
    onInventory: (_, inventory) => void inventories.push(inventory),
  });
  const agent = fixture.agent("node1");
  await fixture.hub.waitForAgent("node1", soon());
  const say = (frame: string) => agent.say(CONTROL.heard, { lldp: [{ nic: "eth0", frame }] });
  for (let at = 0; at < 100; at++) say(at.toString(16).padStart(2, "0"));
  await vi.waitFor(() => expect(inventories.at(-1)?.lldp[0]?.frame).toBe("00"));
  nowMs = 1000;
  say("ff");
  await vi.waitFor(() => expect(inventories.at(-1)?.lldp[0]?.frame).toBe("ff"));
  expect(inventories).toHaveLength(3);
});

describe("a job", () => {
  test("gives its output and its code", async () => {
    fixture.agent("node1", {
      run: async (_, voice) => {
        voice.output("stdout", "one\n");
        voice.output("stderr", "two\n");
        return exit(3);
      },
    });
    const result = await fixture.hub.run("node1", request("j1"), { signal: soon() });
    expect(result).toEqual({ ...exit(3), outputTail: "one\ntwo\n" });
  });

  test("goes on across a broken connection, and runs once", async () => {
    let runs = 0;
    const finish = Promise.withResolvers<Exited>();
    const agent = fixture.agent("node1", {
      run: () => {
        runs++;
        return finish.promise;
      },
    });
    const result = fixture.hub.run("node1", request("j1"), { signal: soon() });
    await vi.waitFor(() => expect(runs).toBe(1));
    agent.hangUp();
    await vi.waitFor(() => expect(agent.heard.get(CONTROL.welcome)).toBe(2), 3000);
    finish.resolve(exit(0));
    expect(await result).toMatchObject({ code: 0 });
    expect(runs).toBe(1);
  });

  test("goes on across a restart of the appliance, and its result comes once", async () => {
    let runs = 0;
    const finish = Promise.withResolvers<Exited>();
    const agent = fixture.agent("node1", {
      run: () => {
        runs++;
        return finish.promise;
      },
    });
    const lost = fixture.hub.run("node1", request("j1"), { signal: soon() });
    lost.catch(() => {});
    await vi.waitFor(() => expect(runs).toBe(1));
    // The job ends while nobody is there to hear of it.
    await fixture.restart(async () => finish.resolve(exit(7)));
    await expect(lost).rejects.toThrow("The appliance stops");
    const result = await fixture.hub.run("node1", request("j1"), { signal: soon() });
    expect(result.code).toBe(7);
    expect(runs).toBe(1);
    expect(agent.heard.get(CONTROL.kill)).toBeUndefined();
  });
});

describe("a job that cannot go on", () => {
  test("is lost when its node boots anew", async () => {
    const agent = fixture.agent("node1", { run: () => new Promise(() => {}) });
    const result = fixture.hub.run("node1", request("j1"), { signal: soon() });
    result.catch(() => {});
    await vi.waitFor(() => expect(agent.heard.get(CONTROL.run)).toBe(1));
    agent[Symbol.dispose]();
    fixture.agent("node1");
    await expect(result).rejects.toThrow(AgentGone);
  });

  test("is killed when its caller gives up", async () => {
    const agent = fixture.agent("node1", { run: () => new Promise(() => {}) });
    const stop = new AbortController();
    const result = fixture.hub.run("node1", request("j1"), { signal: stop.signal });
    result.catch(() => {});
    await vi.waitFor(() => expect(agent.heard.get(CONTROL.run)).toBe(1));
    stop.abort(new Error("operator"));
    await expect(result).rejects.toThrow("operator");
    await vi.waitFor(() => expect(agent.heard.get(CONTROL.kill)).toBe(1));
  });
});

describe("a stranger", () => {
  test("that says nothing is cut off, before and after TLS", async () => {
    const plain = createConnection(fixture.hub.port, "127.0.0.1");
    const tls = tlsToHub();
    tls.on("error", () => {});
    plain.on("error", () => {});
    await Promise.all([once(plain, "close"), once(tls, "close")]);
    expect(kinds()).toContain("packetRejected");
  });

  test.each([
    {
      what: "another protocol",
      bytes: Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      problem: "does not start with BG1",
    },
    {
      what: "a heartbeat first",
      bytes: Buffer.concat([
        Buffer.from("42473104", "hex"),
        Buffer.from([0, 0, 0, 43]),
        Buffer.from('{"uptimeMs":1,"memFreeBytes":1,"jobs":[] } '),
      ]),
      problem: "the first message was not hello",
    },
    { what: "half a hello", bytes: Buffer.from("4247310100000001aa", "hex"), problem: "not JSON" },
  ])("that says $what is cut off", async ({ bytes, problem }) => {
    const socket = tlsToHub();
    socket.on("error", () => {});
    socket.write(bytes);
    socket.resume();
    await once(socket, "close");
    expect(fixture.events).toEqual([
      {
        kind: "packetRejected",
        protocol: "agent",
        peer: "127.0.0.1",
        problem: expect.stringContaining(problem),
      },
    ]);
  });

  test("without TLS 1.3 is refused", async () => {
    const socket = connect({
      port: fixture.hub.port,
      host: "127.0.0.1",
      rejectUnauthorized: false,
      maxVersion: "TLSv1.2",
    });
    const [fault] = await once(socket, "error");
    expect(String(fault)).toMatch(/protocol version/);
  });

  test("cannot take so many connections that an agent finds none", async () => {
    const strangers = Array.from({ length: 50 }, () => {
      const socket = createConnection({
        port: fixture.hub.port,
        host: "127.0.0.1",
        localAddress: "127.0.0.66",
      });
      socket.on("error", () => {});
      return socket;
    });
    fixture.agent("node1");
    await fixture.hub.waitForAgent("node1", AbortSignal.timeout(400));
    for (const socket of strangers) socket.destroy();
  });
});

test("a port that is taken fails the start and is named", async () => {
  const options = {
    address: "127.0.0.1",
    port: fixture.hub.port,
    identity: fixture.identity,
    admit: fixture.admissions.admit,
    record: () => {},
  };
  await expect(AgentHub.listen(options)).rejects.toThrow(
    `Cannot bind TCP port ${fixture.hub.port} on 127.0.0.1`,
  );
});
