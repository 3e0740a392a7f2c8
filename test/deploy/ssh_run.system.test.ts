import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateSshKey, loadOrCreateSshKey, SSH_KEY_FILE, type SshKey } from "#src/access/ssh_key.ts";
import { READY_WORD } from "#src/deploy/node_scripts/words.ts";
import { runBySsh } from "#src/deploy/ssh_run.ts";

const live = new AbortController().signal;
const address = "127.0.0.1";
let dir: string;
let key: SshKey;
const servers: { close: () => unknown }[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-ssh-"));
  key = loadOrCreateSshKey(dir);
  onChannel = () => {};
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(dir, { recursive: true });
});

async function portOf(server: Pick<Server, "listen" | "address" | "close">): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, address, resolve));
  const bound = server.address();
  return typeof bound === "object" && bound ? bound.port : 0;
}

/** What the server does with a script that it got. */
type Shell = (script: string, channel: ssh2.ServerChannel, connection: ssh2.Connection) => void;
/** What the server does as soon as there is a channel. */
let onChannel: (channel: ssh2.ServerChannel) => void = () => {};

/** An SSH server that lets one key in, and asks for the proof that its private half is there. */
async function sshServer(allowed: string, shell: Shell): Promise<{ port: number; hostKey: string }> {
  const pair = generateSshKey("test");
  const owner = ssh2.utils.parseKey(allowed);
  if (owner instanceof Error) throw owner;
  const server = new ssh2.Server({ hostKeys: [pair.private] }, (connection) => {
    connection.on("error", () => {});
    connection.on("authentication", (login) => {
      const mayTry = login.method === "publickey" && login.key.data.equals(owner.getPublicSSH());
      if (login.username !== "root" || !mayTry) return login.reject(["publickey"]);
      const { blob, signature, hashAlgo } = login;
      if (blob && signature && owner.verify(blob, signature, hashAlgo) !== true) return login.reject();
      return login.accept();
    });
    connection.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        expect(command).toBe("/bin/sh -s");
        const channel = acceptExec();
        onChannel(channel);
        let script = "";
        channel.on("data", (bytes: Buffer) => {
          script += bytes;
        });
        channel.on("end", () => shell(script, channel, connection));
      });
    });
  });
  const hostKey = pair.public.split(" ").slice(0, 2).join(" ");
  return { port: await portOf(server as unknown as Server), hostKey };
}

const echo: Shell = (script, channel) => {
  channel.write(`ran ${script}`);
  channel.stderr.write(" and complained");
  channel.exit(4);
  channel.end();
};

test("the key is made once, for the owner only; a damaged one is said to be one", () => {
  expect(loadOrCreateSshKey(dir)).toEqual(key);
  expect(key.publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]+ brigade-appliance$/);
  expect(statSync(join(dir, SSH_KEY_FILE)).mode & 0o777).toBe(0o600);
  writeFileSync(join(dir, SSH_KEY_FILE), "x");
  expect(() => loadOrCreateSshKey(dir)).toThrow(/holds no OpenSSH private key; delete it/);
});

test("runs a script as root with the appliance's key and says how it ended", async () => {
  const { port, hostKey } = await sshServer(key.publicKey, echo);
  const { privateKey } = key;
  for (const known of [hostKey, undefined]) {
    const run = { address, privateKey, hostKey: known, script: "true\n" };
    const result = await runBySsh(run, live, { port });
    expect(result).toMatchObject({ kind: "ended", code: 4 });
    expect(result.kind === "ended" && result.outputTail).toMatch(/ran true\n.*complained/s);
  }
});

test("tells a host with another key nothing", async () => {
  const { port } = await sshServer(key.publicKey, () => expect.unreachable("the script went out"));
  const stranger = generateSshKey("test").public;
  const run = { address, privateKey: key.privateKey, hostKey: stranger, script: "secret" };
  expect(await runBySsh(run, live, { port })).toEqual({
    kind: "closed",
    why: "a system with another SSH host key than the one installed last answers",
  });
});

test("a server that does not let the key in, one that never greets, and nobody: all are closed", async () => {
  const other = generateSshKey("test").public;
  const { port: strict } = await sshServer(other, echo);
  const silent = await portOf(createServer(() => {}));
  const gone = createServer();
  const free = await portOf(gone);
  await new Promise((resolve) => gone.close(resolve));
  servers.pop();
  const run = { address, privateKey: key.privateKey, script: "true" };
  const options = { loginLimitMs: 300 };
  expect(await runBySsh(run, live, { port: strict })).toMatchObject({
    kind: "closed",
    why: "All configured authentication methods failed",
  });
  expect(await runBySsh(run, live, { ...options, port: silent })).toEqual({
    kind: "closed",
    why: "no SSH login within 300 ms",
  });
  expect(await runBySsh(run, live, { port: free })).toMatchObject({ kind: "closed", why: /ECONNREFUSED/ });
});

test("a connection that breaks in the middle of the script is a fault, not an end", async () => {
  const { port } = await sshServer(key.publicKey, (_script, _channel, connection) => connection.end());
  const run = { address, privateKey: key.privateKey, script: "true" };
  await expect(runBySsh(run, live, { port })).rejects.toThrow(/broke: connection closed/);
});

test("ends at once when it is aborted", async () => {
  const { port } = await sshServer(key.publicKey, () => {});
  const controller = new AbortController();
  const running = runBySsh({ address, privateKey: key.privateKey, script: "sleep 9" }, controller.signal, {
    port,
  });
  setTimeout(() => controller.abort(new Error("enough")), 50);
  await expect(running).rejects.toThrow("enough");
});

/** A shell behind the channel, which is told nothing when the channel ends: like OpenSSH without a terminal. */
function realShell(channel: ssh2.ServerChannel): void {
  const shell = spawn("/bin/sh", ["-s"], { stdio: ["pipe", "pipe", "ignore"] });
  channel.pipe(shell.stdin);
  channel.on("close", () => shell.stdin.end());
  shell.stdout.on("data", (bytes: Buffer) => channel.writable && channel.write(bytes));
  shell.on("close", (code) => {
    channel.exit(code ?? 1);
    channel.end();
  });
}

const asking = (): string => `{
sleep 0.2
printf '${READY_WORD}\\n'
read -r go || go=nothing
printf '%s' "$go" > ${join(dir, "got")}
exit 5
}
`;
const got = (): string => (existsSync(join(dir, "got")) ? readFileSync(join(dir, "got"), "utf8") : "");

test("a script that asks is told to go on", async () => {
  onChannel = realShell;
  const { port } = await sshServer(key.publicKey, () => {});
  const run = { address, privateKey: key.privateKey, script: asking(), awaitsGo: true };
  expect(await runBySsh(run, live, { port })).toMatchObject({ kind: "ended", code: 5 });
  expect(got()).toBe("go");
});

test("a script that asks after it was called off is not told to go on", async () => {
  const controller = new AbortController();
  onChannel = (channel) => {
    realShell(channel);
    channel.once("data", () => controller.abort(new Error("called off")));
  };
  const { port } = await sshServer(key.publicKey, () => {});
  const run = { address, privateKey: key.privateKey, script: asking(), awaitsGo: true };
  await expect(runBySsh(run, controller.signal, { port })).rejects.toThrow("called off");
  await expect.poll(got, { timeout: 3000 }).toBe("nothing");
});
