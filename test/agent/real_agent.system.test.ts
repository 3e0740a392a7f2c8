/** The hub and the C agent together, on loopback. Needs out/agent/brigade-agent. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HubFixture } from "./hub_fixture.ts";

const BINARY = "out/agent/brigade-agent";
const soon = (): AbortSignal => AbortSignal.timeout(15_000);

let fixture: HubFixture;
let dir: string;
let agents: ChildProcess[];
beforeEach(async () => {
  fixture = await HubFixture.start();
  dir = mkdtempSync(join(tmpdir(), "brigade-agent-"));
  agents = [];
});
afterEach(async () => {
  for (const agent of agents.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    agent.kill("SIGKILL");
    await once(agent, "exit");
  }
  await fixture[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true });
});

function start(token: string, overrides: { key?: string } = {}): ChildProcess {
  const { keyDigest } = fixture.identity;
  const agent = spawn(
    BINARY,
    [
      ...["--appliance", `127.0.0.1:${fixture.hub.port}`, "--key", overrides.key ?? keyDigest],
      ...["--token", token, "--mac", "52:54:00:00:00:01", "--data-port", "0", "--dry-leave"],
      ...["--run-directory", dir],
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  agents.push(agent);
  return agent;
}
const startNode = (): ChildProcess => start(fixture.admissions.mint("node1"));
const run = (id: string, script: string, { timeLimitMs = 20_000, args = [] as string[] } = {}) =>
  fixture.hub.run("node1", { id, script, args, env: { WHO: "brigade" }, timeLimitMs }, { signal: soon() });

describe("the agent", () => {
  test("says hello with an inventory of this machine", async () => {
    startNode();
    const agent = await fixture.hub.waitForAgent("node1", soon());
    expect(agent.inventory?.cpu.threads).toBeGreaterThan(0);
    expect(agent.inventory?.memBytes).toBeGreaterThan(1 << 28);
    expect(agent.dataPort).toBeGreaterThan(0);
  });

  test("does not speak to an appliance with another key", async () => {
    const agent = start(fixture.admissions.mint("node1"), { key: "ab".repeat(32) });
    await vi.waitFor(async () =>
      expect(String(agent.stderr?.read())).toContain("Cannot trust the appliance"),
    );
    expect(fixture.hub.agents()).toEqual([]);
    expect(fixture.events.filter(({ kind }) => kind !== "packetRejected")).toEqual([]);
    expect(agent.exitCode).toBeNull();
  });

  test("says on its screen why it was refused, and not its token", async () => {
    const token = "cd".repeat(32);
    const agent = start(token);
    let screen = "";
    agent.stderr?.on("data", (bytes: Buffer) => {
      screen += bytes;
    });
    await vi.waitFor(() => expect(screen).toContain("unknown or used token"), 10_000);
    expect(screen).not.toContain(token);
  });

  test("leaves when it is told to", async () => {
    const agent = startNode();
    await fixture.hub.waitForAgent("node1", soon());
    const exit = once(agent, "exit");
    await fixture.hub.leave("node1", "reboot");
    expect((await exit)[0]).toBe(0);
  });

  test("is back within 5 s after the appliance was restarted", async () => {
    startNode();
    const { bootId } = await fixture.hub.waitForAgent("node1", soon());
    await fixture.restart();
    const back = await fixture.hub.waitForAgent("node1", AbortSignal.timeout(5000));
    expect(back.bootId).toBe(bootId);
  });
});

describe("a script on the agent", () => {
  beforeEach(() => void startNode());

  test("has its arguments and environment, and gives its output and code", async () => {
    const script = 'echo "$1 $WHO"; echo problem >&2; exit 3';
    const result = await run("j1", script, { args: ["hello $(reboot)"] });
    expect(result).toMatchObject({ code: 3, signal: null, timedOut: false, error: null });
    expect(result.outputTail.split("\n").sort()).toEqual(["", "hello $(reboot) brigade", "problem"]);
  });

  test("streams much output, all of it and in order", async () => {
    const heard: Uint8Array[] = [];
    const request = { id: "j1", script: "seq 1 400000", args: [], env: {}, timeLimitMs: 20_000 };
    const onOutput = (_: string, bytes: Uint8Array) => void heard.push(Uint8Array.from(bytes));
    await fixture.hub.run("node1", request, { signal: soon(), onOutput });
    const expected = Array.from({ length: 400_000 }, (_, at) => `${at + 1}\n`).join("");
    expect(Buffer.concat(heard).toString() === expected).toBe(true);
  });

  test("is stopped with all its children at its time limit", async () => {
    const result = await run("j1", "sleep 987 & sleep 987", { timeLimitMs: 300 });
    expect(result.timedOut).toBe(true);
  });

  test("that is repeated after a restart of the appliance gives its result once more, and ran once", async () => {
    const script = `echo ran >> ${dir}/count; sleep 0.5; wc -l < ${dir}/count`;
    const lost = run("j1", script);
    lost.catch(() => {});
    await fixture.hub.waitForAgent("node1", soon());
    await fixture.restart();
    await expect(lost).rejects.toThrow("The appliance stops");
    expect((await run("j1", script)).code).toBe(0);
    expect((await run("j2", `wc -l < ${dir}/count`)).outputTail.trim()).toBe("1");
  });

  test("is killed when its caller gives up", async () => {
    const stop = new AbortController();
    const script = `echo $$ > ${dir}/pid; sleep 987`;
    const request = { id: "j1", script, args: [], env: {}, timeLimitMs: 60_000 };
    const result = fixture.hub.run("node1", request, { signal: stop.signal });
    result.catch(() => {});
    const alive = `test -s ${dir}/pid && kill -0 $(cat ${dir}/pid)`;
    await vi.waitFor(async () => expect((await run(`up${Math.random()}`, alive)).code).toBe(0), 10_000);
    stop.abort(new Error("operator"));
    await expect(result).rejects.toThrow("operator");
    await vi.waitFor(async () => expect((await run(`down${Math.random()}`, alive)).code).not.toBe(0), 10_000);
  });
});
