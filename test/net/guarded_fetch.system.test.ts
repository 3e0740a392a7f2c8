/** Against small servers on loopback, which the guard calls by names that resolve to where the test says. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  GuardedFault,
  type GuardedRequest,
  guardedFetch,
  readBody,
  whyNotUrl,
} from "#src/net/guarded_fetch.ts";

let server: Server;
let port = 0;
let asked: IncomingMessage[] = [];
let answer: RequestListener = (_, response) => response.end("hello");

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const LIMITS = { timeoutMs: 5000, maxBytes: 1000 };
const resolving = (...addresses: string[]): Pick<GuardedRequest, "lookup"> => ({
  lookup: async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
});
const fault = async (request: Partial<GuardedRequest> & { readonly url: string }): Promise<GuardedFault> => {
  const found = await guardedFetch({ ...LIMITS, ...request })
    .then(readBody)
    .catch((thrown: unknown) => thrown);
  expect(found).toBeInstanceOf(GuardedFault);
  return found as GuardedFault;
};

describe("nothing is sent to", () => {
  const URLS = [
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://[::1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    // Other spellings of 127.0.0.1.
    "http://2130706433:PORT/",
    "http://0x7f.1:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://0.0.0.0:PORT/",
    "http://169.254.169.254/latest/meta-data/",
    "http://224.0.0.1/",
    "file:///etc/passwd",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1:PORT/",
    "data:text/plain,hello",
    "http://user:secret@8.8.8.8/",
  ];
  test.each(URLS)("%s", async (url) => {
    expect((await fault({ url: url.replace("PORT", String(port)) })).kind).toBe("refused");
    expect(asked).toEqual([]);
  });

  test.each([["::1"], ["169.254.169.254"], ["8.8.8.8", "127.0.0.1"], ["0.0.0.0"], ["::ffff:127.0.0.1"]])(
    "a name that resolves to %s",
    async (...addresses) => {
      const refused = await fault({ url: `http://example.test:${port}/`, ...resolving(...addresses) });
      expect(refused.kind).toBe("refused");
      expect(refused.message).not.toContain("secret");
      expect(asked).toEqual([]);
    },
  );

  test("metadata services even when this machine is allowed", async () => {
    const refused = await fault({ url: "http://169.254.169.254/", allowLocal: true });
    expect(refused.message).toBe(
      "Cannot fetch http://169.254.169.254/: 169.254.169.254 is where clouds give out credentials",
    );
  });
});

test("the address that was judged is the one that is asked, whatever the name says a moment later", async () => {
  let times = 0;
  const lookup: GuardedRequest["lookup"] = async () =>
    times++ === 0 ? [{ address: "198.51.100.7", family: 4 }] : [{ address: "127.0.0.1", family: 4 }];
  // The first answer is no address that may be asked; a second look would have found one that answers.
  expect((await fault({ url: `http://rebind.test:${port}/`, lookup })).kind).toBe("refused");
  expect(times).toBe(1);
  const local = { ...LIMITS, url: `http://rebind.test:${port}/`, allowLocal: true };
  times = 1;
  const response = await guardedFetch({ ...local, lookup });
  expect(String(await readBody(response))).toBe("hello");
  expect(times).toBe(2);
  expect(asked[0]?.headers.host).toBe(`rebind.test:${port}`);
});

describe("with this machine allowed", () => {
  const local = (path = "/"): GuardedRequest => ({
    ...{ ...LIMITS, url: `http://127.0.0.1:${port}${path}`, allowLocal: true },
  });

  test("a body longer than the limit breaks off", async () => {
    answer = (_, response) => response.end("x".repeat(1001));
    expect((await fault(local())).kind).toBe("tooLarge");
  });

  test("an answer that does not come is given up", async () => {
    answer = () => {};
    expect((await fault({ ...local(), timeoutMs: 50 })).kind).toBe("timeout");
  });

  test("a body that stands still is given up", async () => {
    answer = (_, response) => void response.write("half");
    expect((await fault({ ...local(), timeoutMs: 50 })).kind).toBe("timeout");
  });

  test("a body may take longer than its head", async () => {
    answer = (_, response) => {
      response.write("first ");
      response.flushHeaders();
      let left = 4;
      const timer = setInterval(() => {
        if (left-- > 0) return void response.write("more ");
        clearInterval(timer);
        response.end("last");
      }, 40);
    };
    const response = await guardedFetch({ ...local(), timeoutMs: 120 });
    expect(String(await readBody(response))).toBe("first more more more more last");
  });

  test("the caller's signal ends it, also in the midst of the body", async () => {
    answer = (_, response) => void response.write("half");
    const gone = new AbortController();
    const response = await guardedFetch({ ...local(), signal: gone.signal });
    gone.abort(new Error("enough"));
    await expect(readBody(response)).rejects.toThrow("enough");
  });

  test("a redirect is an answer like any other unless it is to be followed", async () => {
    answer = (_, response) => response.writeHead(302, { location: "/other" }).end();
    expect((await guardedFetch(local())).status).toBe(302);
    expect(asked.length).toBe(1);
  });

  test("a redirect is judged anew, and keeps credentials at home", async () => {
    answer = ({ url }, response) =>
      url === "/"
        ? response.writeHead(302, { location: `http://localhost:${port}/there` }).end()
        : response.end("there");
    const headers = { authorization: "Bearer canary", accept: "*/*" };
    const response = await guardedFetch({ ...local(), maxRedirects: 1, headers });
    expect(String(await readBody(response))).toBe("there");
    expect(asked.map((one) => one.headers.authorization)).toEqual(["Bearer canary", undefined]);
    answer = (_, refused) => refused.writeHead(302, { location: "http://169.254.169.254/" }).end();
    expect((await fault({ ...local(), maxRedirects: 1 })).kind).toBe("refused");
    answer = (_, refused) => refused.writeHead(302, { location: "file:///etc/passwd" }).end();
    expect((await fault({ ...local(), maxRedirects: 1 })).kind).toBe("refused");
    answer = (_, again) => again.writeHead(302, { location: "/" }).end();
    expect((await fault({ ...local(), maxRedirects: 3 })).kind).toBe("tooManyRedirects");
  });

  test("nobody there is told as such", async () => {
    server.close();
    expect((await fault({ ...local(), url: "http://127.0.0.1:1/" })).kind).toBe("unreachable");
  });
});

test("whyNotUrl says before anything is looked up what can be said", () => {
  expect(whyNotUrl("https://hooks.example/x")).toBeUndefined();
  expect(whyNotUrl("http://10.77.0.9:8080/x")).toBeUndefined();
  expect(whyNotUrl("nonsense")).toBe("it is no URL");
  expect(whyNotUrl("ssh://x")).toBe("it is neither http nor https");
  expect(whyNotUrl("http://127.0.0.1/")).toBe("127.0.0.1 is this machine itself");
  expect(whyNotUrl("http://127.0.0.1/", true)).toBeUndefined();
});
