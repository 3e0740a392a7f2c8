/**
 * An HTTP request to a URL that somebody else chose (a webhook, an image to fetch), which must not be made to speak to
 * what only this machine can reach.
 *
 * http and https only. The name is resolved here, every address that comes back is judged, and the connection goes to
 * the very address that was judged: a name that resolves to something else a moment later (DNS rebinding) changes
 * nothing. Redirects are not followed unless asked for, and each is judged anew. Time and size have limits.
 */
import { lookup as systemLookup } from "node:dns/promises";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Transform } from "node:stream";
import { type AddressClass, addressClass } from "./address_class.ts";

export type Resolved = { readonly address: string; readonly family: number };

export type GuardedRequest = {
  readonly url: string;
  readonly method?: "GET" | "HEAD" | "POST" | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  /** From the start until the head of the answer is there, all redirects included; then as long as the body stands still. */
  readonly timeoutMs: number;
  /** From the start until the end of the body. Without it a body may take as long as it goes on coming. */
  readonly wholeMs?: number | undefined;
  /** A longer body ends with a {@link GuardedFault}. */
  readonly maxBytes: number;
  /** Default 0: the answer 3xx is what comes back. Only GET and HEAD are sent on, and without `authorization` to another origin. */
  readonly maxRedirects?: number | undefined;
  /** Also this machine itself and link-local addresses; metadata services never. */
  readonly allowLocal?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Names to addresses; tests pass their own. */
  readonly lookup?: ((host: string) => Promise<readonly Resolved[]>) | undefined;
};

export type GuardedResponse = {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** The URL that answered. */
  readonly url: string;
  /** To be read to its end or destroyed. */
  readonly body: NodeJS.ReadableStream & { destroy(fault?: Error): unknown };
};

/** Why there was no answer. `refused`: nothing was sent, because nothing may be. */
export class GuardedFault extends Error {
  override readonly name = "GuardedFault";
  readonly kind: "badUrl" | "refused" | "unreachable" | "timeout" | "tooLarge" | "tooManyRedirects";

  constructor(kind: GuardedFault["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const ALWAYS: ReadonlySet<AddressClass> = new Set(["public", "private"]);
const LOCAL: ReadonlySet<AddressClass> = new Set(["loopback", "linkLocal"]);

/** @returns a clause, or `undefined` when the URL is one that may be asked as far as can be seen without looking it up */
export function whyNotUrl(text: string, allowLocal = false): string | undefined {
  const url = URL.parse(text);
  if (!url) return "it is no URL";
  if (url.protocol !== "http:" && url.protocol !== "https:") return "it is neither http nor https";
  if (url.username !== "" || url.password !== "") return "it has a user name or password in it";
  const host = bareHost(url);
  return isIP(host) === 0 ? undefined : whyNotAddress(host, allowLocal);
}

/**
 * Asks, and gives the head of the answer with its body still to be read.
 *
 * @throws {GuardedFault} with a whole sentence; or `signal.reason`
 */
export async function guardedFetch(wanted: GuardedRequest): Promise<GuardedResponse> {
  const head = new AbortController();
  const late = setTimeout(() => head.abort(), wanted.timeoutMs);
  const whole = wanted.wholeMs === undefined ? [] : [AbortSignal.timeout(wanted.wholeMs)];
  const signal = AbortSignal.any([head.signal, ...whole, ...(wanted.signal ? [wanted.signal] : [])]);
  try {
    return await follow({ ...wanted, signal });
  } catch (fault) {
    wanted.signal?.throwIfAborted();
    if (!signal.aborted || fault instanceof GuardedFault) throw fault;
    const message = `Cannot fetch ${shown(wanted.url)}: no answer within ${wanted.timeoutMs / 1000} s`;
    throw new GuardedFault("timeout", message, { cause: fault });
  } finally {
    // From now on only the body counts, which may take longer.
    clearTimeout(late);
  }
}

type Asked = GuardedRequest & { readonly signal: AbortSignal };

async function follow(asked: Asked): Promise<GuardedResponse> {
  let { url, headers = {} } = asked;
  for (let left = asked.maxRedirects ?? 0; ; left--) {
    const response = await ask({ ...asked, url, headers });
    const next = redirectOf(response, url, asked);
    if (next === undefined) return { ...answerOf(response, { ...asked, url }), url };
    response.destroy();
    if (left === 0)
      throw new GuardedFault("tooManyRedirects", `Cannot fetch ${shown(url)}: too many redirects`);
    if (new URL(next).origin !== new URL(url).origin) headers = withoutCredentials(headers);
    url = next;
  }
}

/** Reads a body of at most `maxBytes`, as `guardedFetch` gives it. @throws {GuardedFault} it is longer, or broke off */
export async function readBody({ body }: GuardedResponse): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

async function ask({ url: text, method = "GET", headers, body, ...asked }: Asked): Promise<IncomingMessage> {
  const { allowLocal = false, signal } = asked;
  const why = whyNotUrl(text, allowLocal);
  if (why !== undefined) {
    const kind = URL.parse(text) ? "refused" : "badUrl";
    throw new GuardedFault(kind, `Cannot fetch ${shown(text)}: ${why}`);
  }
  const url = new URL(text);
  const addresses = await addressesOf(url, asked);
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  // No agent: a connection that is kept would be to an address that was judged for somebody else.
  const options = { method, headers: { ...headers }, agent: false, signal, lookup: only(addresses) } as const;
  const request = send(url, options);
  try {
    const answer = response(request);
    request.end(body);
    return await answer;
  } catch (fault) {
    signal.throwIfAborted();
    const { message, code } = fault as NodeJS.ErrnoException;
    throw new GuardedFault("unreachable", `Cannot fetch ${shown(text)}: ${message || code}`, {
      cause: fault,
    });
  }
}

const response = (request: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once("response", resolve);
    // Later errors come out of the answer; a listener must stay for them.
    request.on("error", reject);
  });

/** All of them are judged: one that is not allowed among good ones is a trap and no accident. */
async function addressesOf(
  url: URL,
  { allowLocal = false, lookup, signal }: Omit<Asked, "url">,
): Promise<readonly Resolved[]> {
  const host = bareHost(url);
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
  const asking = (lookup ?? ((name) => systemLookup(name, { all: true })))(host);
  const found = await Promise.race([asking, aborted]).catch((fault: unknown) => {
    signal.throwIfAborted();
    const { code, message } = fault as NodeJS.ErrnoException;
    throw new GuardedFault("unreachable", `Cannot look up ${host}: ${code ?? message}`, { cause: fault });
  });
  if (found.length === 0) throw new GuardedFault("unreachable", `Cannot look up ${host}: it has no address`);
  for (const { address } of found) {
    const why = whyNotAddress(address, allowLocal);
    if (why !== undefined) throw new GuardedFault("refused", `Cannot fetch from ${host}: ${why}`);
  }
  return found;
}

/** For a connection: whatever is asked, what was judged is the answer. */
const only =
  (addresses: readonly Resolved[]): LookupFunction =>
  (_host, { all }, done) => {
    const [first = { address: "", family: 0 }] = addresses;
    if (all) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };

function whyNotAddress(address: string, allowLocal: boolean): string | undefined {
  const found = addressClass(address);
  if (found !== undefined && (ALWAYS.has(found) || (allowLocal && LOCAL.has(found)))) return undefined;
  switch (found) {
    case "loopback":
      return `${address} is this machine itself`;
    case "linkLocal":
      return `${address} is a link-local address`;
    case "metadata":
      return `${address} is where clouds give out credentials`;
    default:
      return `${address} is no address of one host`;
  }
}

/** Where the answer sends to, if that is to be followed. */
function redirectOf(response: IncomingMessage, from: string, wanted: GuardedRequest): string | undefined {
  const { location } = response.headers;
  const isFollowed = (wanted.maxRedirects ?? 0) > 0 && wanted.method !== "POST";
  if (!isFollowed || location === undefined || !REDIRECTS.has(response.statusCode ?? 0)) return undefined;
  const next = URL.parse(location, from);
  if (next) return next.href;
  response.destroy();
  throw new GuardedFault("badUrl", `Cannot fetch ${shown(from)}: it redirects to what is no URL`);
}

const withoutCredentials = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(authorization|cookie)$/i.test(name)));

function answerOf(
  response: IncomingMessage,
  { maxBytes, timeoutMs, url, signal }: Asked,
): Omit<GuardedResponse, "url"> {
  let leftBytes = maxBytes;
  const tooLarge = (): GuardedFault =>
    new GuardedFault("tooLarge", `Cannot fetch ${shown(url)}: it is larger than ${maxBytes} bytes`);
  const body = new Transform({
    transform: (part: Buffer, _encoding, done) => {
      leftBytes -= part.length;
      if (leftBytes < 0) done(tooLarge());
      else done(null, part);
    },
  });
  const silent = `Cannot fetch ${shown(url)}: nothing came for a while`;
  response.setTimeout(timeoutMs, () => body.destroy(new GuardedFault("timeout", silent)));
  const stop = (): unknown => body.destroy(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  response.once("error", (fault) => body.destroy(fault));
  body.once("close", () => {
    signal.removeEventListener("abort", stop);
    response.destroy();
  });
  response.pipe(body);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** As WHATWG normalises it, so 0x7f.1 is 127.0.0.1 here; without the brackets of IPv6. */
const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

/** Without query, which may hold a secret, and of bounded length. */
function shown(text: string): string {
  const url = URL.parse(text);
  return url ? `${url.origin}${url.pathname}`.slice(0, 200) : JSON.stringify(text.slice(0, 100));
}
