/**
 * Who may be a node: boot tokens and the sessions that they buy.
 *
 * A token travels in clear (iPXE script, kernel command line), so it is worth
 * little: 256 random bits, one use, 15 minutes, one MAC, one address, one
 * deployment. The session travels in TLS only. Neither is stored or logged,
 * only their hashes. See PROTOCOL.md section 2.1.
 */
import { createHash, randomBytes } from "node:crypto";
import type { RecordEvent } from "#src/events/event.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import type { StoredSession, StoredToken, TokenBinding, TokenStore } from "./boot_token.ts";

export const TOKEN_LIFETIME_MS = 15 * 60_000;

/** What an agent says of itself when it connects: exactly one of `token` and `session`. */
export type Introduction = {
  readonly token?: string | undefined;
  readonly session?: string | undefined;
  readonly bootMac: Mac;
  readonly bootId: string;
};

export type Admission =
  | { readonly ok: true; readonly node: string; readonly session: string }
  /** `reason` is shown on the node's screen. */
  | { readonly ok: false; readonly reason: string };

export type BootTokensOptions = {
  readonly store: TokenStore;
  readonly record: RecordEvent;
  /** A clock that wall-clock jumps do not move while the program runs. */
  readonly nowMs: () => number;
  /** The running deployment that has this node; a token for another one is refused. */
  readonly deploymentOf: (node: string) => string | undefined;
};

const HEX_64 = /^[0-9a-f]{64}$/;
const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");
const makeSecret = (): string => randomBytes(32).toString("hex");

export class BootTokens {
  readonly #options: BootTokensOptions;
  readonly #tokens: Map<string, StoredToken>;
  readonly #sessions: Map<string, StoredSession>;

  constructor(options: BootTokensOptions) {
    this.#options = options;
    this.#tokens = new Map(options.store.tokens().map((token) => [token.hash, token]));
    this.#sessions = new Map(options.store.sessions().map((session) => [session.hash, session]));
  }

  /**
   * A new token for a node that is about to boot; the node's unused older ones
   * are worth nothing from now on.
   *
   * @returns 64 hex digits, durable when resolved
   * @throws {StorageError} it could not be stored; the older token may be gone
   */
  async mint(binding: TokenBinding): Promise<string> {
    const secret = makeSecret();
    const { node, mac, address, deployment } = binding;
    const expiresAtMs = this.#options.nowMs() + TOKEN_LIFETIME_MS;
    const token = { node, mac, address, deployment, hash: hashOf(secret), expiresAtMs };
    const stale = this.#staleTokens(node);
    for (const hash of stale) this.#tokens.delete(hash);
    // Before the await: of two scripts asked for at once, the later one makes the earlier one's token stale.
    this.#tokens.set(token.hash, token);
    try {
      await this.#options.store.save({ putTokens: [token], removeTokens: stale });
    } catch (fault) {
      this.#tokens.delete(token.hash);
      throw fault;
    }
    return secret;
  }

  /** Decides about an agent that says hello from `peer`. Every refusal is an event. Never rejects. */
  async admit(hello: Introduction, peer: Ipv4): Promise<Admission> {
    const admission = await this.#decide(hello, peer).catch(
      (fault: unknown): Admission => ({ ok: false, reason: `the appliance cannot store it: ${fault}` }),
    );
    if (!admission.ok) {
      const { reason } = admission;
      this.#options.record({ kind: "tokenRefused", peer, mac: hello.bootMac, because: reason });
    }
    return admission;
  }

  /**
   * The agent has used its session, so it has got it. Until then the same boot
   * may present its token again, because the welcome may have been lost.
   */
  async confirm(secret: string): Promise<void> {
    const session = this.#sessions.get(hashOf(secret));
    if (!session || session.confirmed) return;
    const confirmed = { ...session, confirmed: true };
    this.#sessions.set(session.hash, confirmed);
    await this.#options.store.save({ putSessions: [confirmed] });
  }

  /** The deployment whose token bought the node's present session. */
  deploymentOfSession(node: string): string | undefined {
    return [...this.#sessions.values()].find((session) => session.node === node)?.deployment;
  }

  nodesWithSessions(): readonly string[] {
    return [...new Set([...this.#sessions.values()].map(({ node }) => node))];
  }

  /** No boot of the node can buy a session any more; the one that it has goes on. */
  async revokeTokens(node: string): Promise<void> {
    const removeTokens = hashesOf(this.#tokens, node);
    if (removeTokens.length === 0) return;
    for (const hash of removeTokens) this.#tokens.delete(hash);
    await this.#options.store.save({ removeTokens });
  }

  /** Ends everything that a node may do: its unused tokens and its sessions. */
  async revoke(node: string): Promise<void> {
    const removeTokens = hashesOf(this.#tokens, node);
    const removeSessions = hashesOf(this.#sessions, node);
    if (removeTokens.length + removeSessions.length === 0) return;
    for (const hash of removeTokens) this.#tokens.delete(hash);
    for (const hash of removeSessions) this.#sessions.delete(hash);
    await this.#options.store.save({ removeTokens, removeSessions });
  }

  async #decide(hello: Introduction, peer: Ipv4): Promise<Admission> {
    const secret = hello.token ?? hello.session ?? "";
    if (!HEX_64.test(secret)) return { ok: false, reason: "it gave neither token nor session" };
    return hello.token === undefined
      ? this.#resume(secret, hello, peer)
      : this.#exchange(this.#tokens.get(hashOf(secret)), hello, peer);
  }

  async #resume(secret: string, hello: Introduction, peer: Ipv4): Promise<Admission> {
    const session = this.#sessions.get(hashOf(secret));
    if (!session) return { ok: false, reason: "unknown session: the node has booted anew or was released" };
    const reason = whyNotBound(session, hello, peer) ?? whyOtherBoot(session, hello);
    if (reason !== undefined) return { ok: false, reason };
    await this.confirm(secret);
    return { ok: true, node: session.node, session: secret };
  }

  async #exchange(token: StoredToken | undefined, hello: Introduction, peer: Ipv4): Promise<Admission> {
    if (!token) return { ok: false, reason: "unknown token: a newer one was given out, or none ever was" };
    const reason = this.#whyNotExchange(token, hello, peer);
    if (reason !== undefined) return { ok: false, reason };
    const used = { ...token, usedBy: hello.bootId };
    // Before the first await: of two uses at once, one is the second.
    this.#tokens.set(token.hash, used);
    const secret = makeSecret();
    const { node, mac, address, deployment } = token;
    const binding = { node, mac, address, deployment };
    const session = {
      ...binding,
      hash: hashOf(secret),
      bootId: hello.bootId,
      token: token.hash,
      confirmed: false,
    };
    const ended = hashesOf(this.#sessions, node);
    try {
      await this.#options.store.save({ putTokens: [used], putSessions: [session], removeSessions: ended });
    } catch (fault) {
      this.#tokens.set(token.hash, token);
      throw fault;
    }
    for (const hash of hashesOf(this.#sessions, node)) this.#sessions.delete(hash);
    this.#sessions.set(session.hash, session);
    return { ok: true, node, session: secret };
  }

  #whyNotExchange(token: StoredToken, hello: Introduction, peer: Ipv4): string | undefined {
    const unbound = whyNotBound(token, hello, peer);
    if (unbound !== undefined) return unbound;
    if (token.usedBy !== undefined && !this.#isLostWelcome(token, hello)) return "the token was used before";
    if (this.#options.nowMs() >= token.expiresAtMs) return "the token has expired: boot the node again";
    if (this.#options.deploymentOf(token.node) !== token.deployment)
      return `the token is for deployment ${token.deployment}, which does not wait for this node`;
    return undefined;
  }

  /** The boot that used the token asks again and never showed its session: the welcome did not reach it. */
  #isLostWelcome(token: StoredToken, hello: Introduction): boolean {
    const bought = [...this.#sessions.values()].filter((session) => session.token === token.hash);
    return (
      token.usedBy === hello.bootId && bought.length === 1 && bought.every(({ confirmed }) => !confirmed)
    );
  }

  /** Expired tokens of all nodes, and this node's others. A used one is kept while it could be replayed, to be named as such. */
  #staleTokens(node: string): readonly string[] {
    const now = this.#options.nowMs();
    return [...this.#tokens.values()]
      .filter((token) => token.expiresAtMs <= now || (token.node === node && token.usedBy === undefined))
      .map(({ hash }) => hash);
  }
}

const hashesOf = (rows: ReadonlyMap<string, TokenBinding>, node: string): readonly string[] =>
  [...rows].filter(([, row]) => row.node === node).map(([hash]) => hash);

function whyNotBound(bound: TokenBinding, hello: Introduction, peer: Ipv4): string | undefined {
  if (bound.mac !== hello.bootMac) return `it belongs to MAC ${bound.mac}`;
  if (bound.address !== peer) return `it belongs to address ${bound.address}`;
  return undefined;
}

const whyOtherBoot = (session: StoredSession, hello: Introduction): string | undefined =>
  session.bootId === hello.bootId ? undefined : "the node has booted anew since";
