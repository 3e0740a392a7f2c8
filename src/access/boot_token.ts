import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

/** What a boot token is good for: one boot of one machine, for one deployment. */
export type TokenBinding = {
  readonly node: string;
  readonly mac: Mac;
  /** The lease that the boot script goes to. */
  readonly address: Ipv4;
  readonly deployment: string;
};

/** A token as it is kept. The token itself is nowhere. */
export type StoredToken = TokenBinding & {
  /** SHA-256 of the token's text, hex. */
  readonly hash: string;
  readonly expiresAtMs: number;
  /** The boot that bought a session with it. */
  readonly usedBy?: string | undefined;
};

/** What a token bought. Holds until the node boots again, also over a restart of the appliance. */
export type StoredSession = TokenBinding & {
  /** SHA-256 of the session's text, hex. */
  readonly hash: string;
  readonly bootId: string;
  /** Hash of the token that bought it. */
  readonly token: string;
  /** The agent has shown that it got the session: its token is spent for good. */
  readonly confirmed: boolean;
};

/** Written in one transaction. Removals, by hash, come first. */
export type TokenChange = {
  readonly putTokens?: readonly StoredToken[];
  readonly removeTokens?: readonly string[];
  readonly putSessions?: readonly StoredSession[];
  readonly removeSessions?: readonly string[];
};

/** The questions that `BootTokens` asks, and no more. */
export interface TokenStore {
  /** Everything that was there at the start. Read once. */
  tokens(): readonly StoredToken[];
  sessions(): readonly StoredSession[];
  /** Resolves when the change would survive a SIGKILL of the appliance, or rejects and changed nothing. */
  save(change: TokenChange): Promise<void>;
}

/** For tests: nothing survives the process. */
export class MemoryTokenStore implements TokenStore {
  readonly #tokens = new Map<string, StoredToken>();
  readonly #sessions = new Map<string, StoredSession>();

  tokens(): readonly StoredToken[] {
    return [...this.#tokens.values()];
  }

  sessions(): readonly StoredSession[] {
    return [...this.#sessions.values()];
  }

  async save(change: TokenChange): Promise<void> {
    for (const hash of change.removeTokens ?? []) this.#tokens.delete(hash);
    for (const hash of change.removeSessions ?? []) this.#sessions.delete(hash);
    for (const token of change.putTokens ?? []) this.#tokens.set(token.hash, token);
    for (const session of change.putSessions ?? []) this.#sessions.set(session.hash, session);
  }
}
