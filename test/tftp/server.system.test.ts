import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { ApplianceEvent } from "#src/events/event.ts";
import { encodeTftp } from "#src/tftp/packet.ts";
import { TftpServer, type TftpServerOptions } from "#src/tftp/server.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { TftpClient } from "./tftp_client.ts";

const execute = promisify(execFile);
const loader = Buffer.from(Uint8Array.from({ length: 200_001 }, (_, at) => (at * 7) % 253));
const files = new Map([
  ["loaders/undionly.kpxe", loader],
  // As large as undionly.kpxe.
  ["loaders/small", loader.subarray(0, 74_213)],
  ["empty", Buffer.alloc(0)],
  ["even", loader.subarray(0, 1024)],
]);
/** The loopback of this machine, as if it were the provisioning network. */
const loopback = {
  name: "lo",
  address: "127.0.0.1" as Ipv4,
  mtuBytes: 1500,
};

async function serve(
  events: ApplianceEvent[] = [],
  changes: Partial<TftpServerOptions> = {},
): Promise<TftpServer> {
  return TftpServer.listen({
    interface: loopback,
    isClient: () => true,
    files,
    record: (event) => events.push(event),
    onFault: (fault) => expect.unreachable(String(fault)),
    port: 0,
    ...changes,
  });
}

describe("reading", () => {
  test.each([
    { how: "without options", name: "loaders/undionly.kpxe", options: {} },
    { how: "as iPXE does", name: "loaders/undionly.kpxe", options: { blksize: "1432", tsize: "0" } },
    {
      how: "as EDK2 does",
      name: "loaders/undionly.kpxe",
      options: { tsize: "0", blksize: "1468", windowsize: "4" },
    },
    { how: "with a leading slash", name: "/loaders/undionly.kpxe", options: {} },
    { how: "an empty file", name: "empty", options: {} },
    { how: "a file of two full blocks", name: "even", options: {} },
  ])("$how", async ({ name, options }) => {
    const events: ApplianceEvent[] = [];
    await using server = await serve(events);
    await using client = new TftpClient(server.port);
    const file = await client.get(name, options);
    expect(file.equals(files.get(name.replace(/^\//, "")) ?? Buffer.from("none"))).toBe(true);
    await expect.poll(() => events).toMatchObject([{ kind: "fileSent", via: "tftp", bytes: file.length }]);
    expect(server.activeTransfers).toBe(0);
  });

  test("curl reads it too", async () => {
    await using server = await serve();
    const url = `tftp://127.0.0.1:${server.port}/loaders/undionly.kpxe`;
    const { stdout } = await execute("curl", ["-s", url], { encoding: "buffer", maxBuffer: 1 << 20 });
    expect(loader.equals(stdout)).toBe(true);
  });

  test("a request that comes again while its transfer runs opens no second one", async () => {
    await using server = await serve();
    await using client = new TftpClient(server.port);
    const read = { kind: "read", filename: "even", options: new Map([["blksize", "64"]]) } as const;
    client.send(read);
    expect(await client.next()).toMatchObject({ kind: "optionAck" });
    for (const block of [0, 1]) {
      client.send({ kind: "ack", block });
      expect(await client.next()).toMatchObject({ kind: "data", block: block + 1 });
    }
    client.send(read);
    client.send({ kind: "ack", block: 2 });
    expect(await client.next()).toMatchObject({ kind: "data", block: 3 });
    expect(server.activeTransfers).toBe(1);
  });

  test("a thousand machines at once, none fails", async () => {
    await using server = await serve();
    const { stdout } = await execute(process.execPath, [
      "test/tftp/storm.ts",
      String(server.port),
      "1000",
      "loaders/small",
    ]);
    expect(JSON.parse(stdout)).toEqual({ whole: 1000, failures: [] });
    await expect.poll(() => server.activeTransfers).toBe(0);
  });
});

describe("EDK2's look at the size", () => {
  const look = { kind: "read", filename: "even", options: new Map([["tsize", "0"]]) } as const;

  test("ended with error 8, is no failure", async () => {
    const events: ApplianceEvent[] = [];
    await using server = await serve(events);
    await using client = new TftpClient(server.port);
    client.send(look);
    expect(await client.next()).toEqual({ kind: "optionAck", options: new Map([["tsize", "1024"]]) });
    client.send({ kind: "error", code: 8, message: "User aborted the transfer" });
    await expect.poll(() => server.activeTransfers).toBe(0);
    expect(events).toEqual([]);
    expect((await client.get("even", { blksize: "1468" })).length).toBe(1024);
  });

  test("does not hide the request after it, which may be read before the ERROR", async () => {
    await using server = await serve();
    await using client = new TftpClient(server.port);
    client.send(look);
    await client.next();
    client.send({ ...look, options: new Map([["blksize", "1468"]]) });
    expect(await client.next()).toEqual({ kind: "optionAck", options: new Map([["blksize", "1468"]]) });
    expect(server.activeTransfers).toBe(1);
  });
});

describe("a file that is made for who asks", () => {
  const config = Buffer.from("set token=1\n");

  test("arrives, and is made once however often it is asked for meanwhile", async () => {
    const asked: string[] = [];
    const made = Promise.withResolvers<Uint8Array>();
    const render: TftpServerOptions["render"] = (name, peer) => {
      asked.push(`${name} ${peer}`);
      return made.promise;
    };
    await using server = await serve([], { render });
    await using client = new TftpClient(server.port);
    const read = { kind: "read", filename: "/grub/grub.cfg", options: new Map() } as const;
    client.send(read);
    client.send(read);
    await expect.poll(() => asked).toEqual(["grub/grub.cfg 127.0.0.1"]);
    made.resolve(config);
    expect(await client.next()).toMatchObject({ kind: "data", block: 1, payload: config });
    expect(asked.length).toBe(1);
  });

  test("takes no place of a published one", async () => {
    await using server = await serve([], { render: async () => config });
    await using client = new TftpClient(server.port);
    expect((await client.get("even")).length).toBe(1024);
  });

  test.each([
    { when: "there is none", render: async () => undefined, says: /^File not found: .*grub.cfg$/, faults: 0 },
    { when: "making it fails", render: () => Promise.reject(new Error("no")), says: /not found/, faults: 1 },
    { when: "there are words instead", render: async () => ({ refusal: "No" }), says: /^No$/, faults: 0 },
  ])("is refused when $when", async ({ render, says, faults }) => {
    const heard: unknown[] = [];
    await using server = await serve([], { render, onFault: (fault) => heard.push(fault) });
    await using client = new TftpClient(server.port);
    client.send({ kind: "read", filename: "grub.cfg", options: new Map() });
    expect(await client.next()).toMatchObject({ kind: "error", message: expect.stringMatching(says) });
    expect(heard.length).toBe(faults);
  });
});

test("a client that closed its port ends its transfer at the first resend", async () => {
  const events: ApplianceEvent[] = [];
  await using server = await serve(events);
  {
    await using client = new TftpClient(server.port);
    client.send({ kind: "read", filename: "loaders/small", options: new Map([["blksize", "512"]]) });
    expect(await client.next()).toMatchObject({ kind: "optionAck" });
    for (const block of [0, 1]) {
      client.send({ kind: "ack", block });
      expect(await client.next()).toMatchObject({ kind: "data", block: block + 1 });
    }
  }
  await expect.poll(() => server.activeTransfers).toBe(0);
  expect(events).toMatchObject([
    { kind: "packetRejected", problem: "loaders/small: the client closed its port" },
  ]);
});

describe("what is refused", () => {
  test.each([
    ...[
      "../etc/passwd",
      "loaders/../loaders/undionly.kpxe",
      "..\\etc\\passwd",
      "%2e%2e/etc/passwd",
      "/etc/passwd",
    ],
    ...["loaders", "loaders/", "", ".", "__proto__", "constructor", "even/../even", "a".repeat(400)],
    // U-Boot asks for a directory; others' fingers have tried the rest on servers that joined paths.
    ...["dtb/", "....//even", "..././even", "/..%2feven", "%252e%252e%252feven", "..%c0%afeven", "even%00"],
    ...["C:\\boot.ini", "\\\\server\\share", "loaders\\undionly.kpxe", "EVEN", "even ", "./even", "even/"],
    ...["../".repeat(60), "loaders//undionly.kpxe", "/proc/self/environ", "/dev/zero", "file:///etc/passwd"],
    ...["~root/.ssh/id_rsa", "|id", "$(id)", "`id`", "a".repeat(60_000)],
  ])("a name that is not published: %j", async (filename) => {
    await using server = await serve();
    await using client = new TftpClient(server.port);
    client.send({ kind: "read", filename, options: new Map() });
    expect(await client.next()).toMatchObject({ kind: "error", code: 1 });
  });

  test("a text mode, in words: it would corrupt a loader", async () => {
    await using server = await serve();
    await using client = new TftpClient(server.port);
    client.sendBytes(Buffer.from("\0\x01even\0netascii\0"));
    expect(await client.next()).toEqual({ kind: "error", code: 4, message: "Only mode octet is served" });
  });

  test.each([
    { what: "a NUL inside", bytes: "\0\x01even\0/etc/passwd\0octet\0" },
    { what: "a line end inside", bytes: "\0\x01ev\nen\0octet\0" },
    { what: "no end", bytes: "\0\x01even" },
  ])("a name with $what never brings the file", async ({ bytes }) => {
    await using server = await serve();
    await using client = new TftpClient(server.port);
    client.sendBytes(Buffer.from(bytes));
    expect(await client.next(200)).not.toMatchObject({ kind: "data" });
  });

  test("writing", async () => {
    await using server = await serve();
    await using client = new TftpClient(server.port);
    client.send({ kind: "write", filename: "even", options: new Map() });
    expect(await client.next()).toMatchObject({ kind: "error", code: 2 });
  });

  test("junk: no answer, no end of the server, and a few events only", async () => {
    const events: ApplianceEvent[] = [];
    await using server = await serve(events);
    await using client = new TftpClient(server.port);
    for (let length = 0; length < 200; length++) client.sendBytes(Buffer.alloc(length));
    expect((await client.get("even")).length).toBe(1024);
    expect(events.filter(({ kind }) => kind === "packetRejected").length).toBeLessThanOrEqual(21);
  });

  test("clients of another network: silence", async () => {
    await using server = await serve([], { isClient: (address) => address !== "127.0.0.1" });
    await using client = new TftpClient(server.port);
    client.send({ kind: "read", filename: "even", options: new Map() });
    expect(await client.next(200)).toBeUndefined();
  });
});

test("in a storm a new request is answered later, but it is answered", async () => {
  await using server = await serve();
  const read = encodeTftp({ kind: "read", filename: "even", options: new Map([["tsize", "0"]]) });
  const silent = Array.from(
    { length: 300 },
    (_, index) => new TftpClient(server.port, `127.2.1.${index % 250}`),
  );
  for (const client of silent) client.sendBytes(read);
  // Everything is sent a second time, which is far more than the two of a hundred of a healthy network.
  for (const client of silent) for (const _ of [1, 2]) expect(await client.next(9000)).toBeDefined();
  const before = server.activeTransfers;
  await using late = new TftpClient(server.port);
  late.sendBytes(read);
  expect(await late.next(150)).toBeUndefined();
  expect(server.activeTransfers).toBe(before);
  expect(await late.next(9000)).toMatchObject({ kind: "optionAck" });
  await Promise.all(silent.map((client) => client[Symbol.asyncDispose]()));
});

describe("a forged request", () => {
  const FORGED = [
    { options: { blksize: "1468", windowsize: "64", tsize: "0" }, kind: "optionAck", factor: 8 },
    { options: {}, kind: "data", factor: 120 },
  ];
  test("costs little, however long nobody answers: one packet, five resends", async () => {
    await using server = await serve();
    const forge = async ({ options, kind, factor }: (typeof FORGED)[number]): Promise<void> => {
      await using client = new TftpClient(server.port);
      client.send({
        kind: "read",
        filename: "loaders/undionly.kpxe",
        options: new Map(Object.entries(options)),
      });
      const asked = client.bytesSent;
      // At 0, 0.5, 1.5, 3.5, 7.5 and 15.5 s. That there it ends is said by the transfer's own tests.
      for (let count = 0; count < 6; count++) expect(await client.next(9000)).toMatchObject({ kind });
      expect(client.bytesHeard / asked).toBeLessThan(factor);
    };
    await Promise.all(FORGED.map(forge));
  });

  test("asked again and again from one address opens no more than 16 transfers", async () => {
    await using server = await serve();
    const clients = Array.from({ length: 40 }, () => new TftpClient(server.port));
    const read = encodeTftp({ kind: "read", filename: "even", options: new Map([["tsize", "0"]]) });
    for (const client of clients) client.sendBytes(read);
    await Promise.all(clients.map((client) => client.next(300)));
    expect(server.activeTransfers).toBe(16);
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  });
});
