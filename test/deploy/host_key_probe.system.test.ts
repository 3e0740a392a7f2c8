import { createServer, type Server, type Socket } from "node:net";
import ssh2 from "ssh2";
import { afterEach, expect, test } from "vitest";
import { generateSshKey } from "#src/access/ssh_key.ts";
import { probeHostKey } from "#src/deploy/host_key_probe.ts";

const live = new AbortController().signal;
const servers: { close: () => unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const port = async (server: Pick<Server, "listen" | "address" | "close">): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
};

/** An SSH server with a fresh key; the public half as a node script reports it. */
async function sshServer(): Promise<{ port: number; key: string; logins: () => number }> {
  const pair = generateSshKey("test");
  let logins = 0;
  const server = new ssh2.Server({ hostKeys: [pair.private] }, (connection) => {
    connection.on("authentication", () => void logins++);
    connection.on("error", () => {});
  });
  const key = pair.public.split(" ").slice(0, 2).join(" ");
  return { port: await port(server as unknown as Server), key, logins: () => logins };
}

const tcpServer = (onConnection: (socket: Socket) => void): Promise<number> =>
  port(createServer(onConnection));

test("sees the key that the server proves to own, without logging in", async () => {
  const server = await sshServer();
  const seen = await probeHostKey("127.0.0.1", live, { port: server.port });
  expect(seen).toEqual({ kind: "key", key: server.key });
  expect(server.logins()).toBe(0);
});

test("a server that claims another's key is not believed", async () => {
  const honest = await sshServer();
  const claimed = Buffer.from(honest.key.split(" ")[1] ?? "", "base64");
  const liar = await sshServer();
  const own = Buffer.from(liar.key.split(" ")[1] ?? "", "base64");
  // Between client and the liar: the liar's public key on the wire is replaced by the honest one's.
  const middle = await tcpServer((socket) => {
    const onward = new (socket.constructor as typeof Socket)();
    onward.connect(liar.port, "127.0.0.1");
    socket.pipe(onward);
    onward.on("data", (bytes: Buffer) => {
      const at = bytes.indexOf(own.subarray(-32));
      if (at >= 0) claimed.subarray(-32).copy(bytes, at);
      socket.write(bytes);
    });
    for (const end of [socket, onward]) end.on("error", () => {}).on("close", () => end.destroy());
  });
  const seen = await probeHostKey("127.0.0.1", live, { port: middle });
  expect(seen).toEqual({ kind: "nothing", why: "Handshake failed: signature verification failed" });
});

test("says why there is no key: refused, no SSH, hung up, silent", async () => {
  const gone = createServer();
  const refused = await port(gone);
  await new Promise((resolve) => gone.close(resolve));
  const web = await tcpServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const hungUp = await tcpServer((socket) => socket.destroy());
  const silent = await tcpServer(() => {});
  const why = async (at: number): Promise<string> => {
    const seen = await probeHostKey("127.0.0.1", live, { port: at, timeLimitMs: 300 });
    return seen.kind === "nothing" ? seen.why : seen.key;
  };
  expect(await why(refused)).toMatch(/ECONNREFUSED/);
  expect(await why(web)).toMatch(/before handshake|closed|ECONNRESET/);
  expect(await why(hungUp)).toMatch(/before handshake|closed|ECONNRESET/);
  expect(await why(silent)).toMatch(/within 300 ms|Timed out/);
});

test("ends at once when aborted", async () => {
  const silent = await tcpServer(() => {});
  const controller = new AbortController();
  const probing = probeHostKey("127.0.0.1", controller.signal, { port: silent });
  controller.abort(new Error("operator"));
  await expect(probing).rejects.toThrow("operator");
});
