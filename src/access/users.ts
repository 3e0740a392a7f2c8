/**
 * Who may use the API: users, and the tokens that say who is asking.
 *
 * A token is 256 random bits, shown once; only its SHA-256 is kept and looked
 * up, so neither the database nor the time of an answer tells anything of it.
 * Everything is in memory: no request waits for the disk to be let in.
 */
import { createHash, randomBytes } from "node:crypto";
import type { RecordEvent } from "#src/events/event.ts";
import { naturalOrder } from "#src/value/natural_order.ts";
import { type Principal, type Role, TOKEN_FILE_PRINCIPAL } from "./principal.ts";
import type { AccessProblem, ApiToken, User, UserChange, UserStore } from "./user.ts";

export type UsersOptions = {
  readonly store: UserStore;
  readonly record: RecordEvent;
  /** Wall clock: tokens expire at a date. */
  readonly nowMs: () => number;
  /** The token of the data folder. Takes the same time for every candidate. */
  readonly isFileToken: (candidate: string) => boolean;
  readonly onFault: (fault: unknown) => void;
};

/** Somebody who was let in, and by which token; without one by the token file. */
export type Admitted = { readonly principal: Principal; readonly token?: string | undefined };

export type AccessResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: AccessProblem };

const MAX_USERS = 1000;
const MAX_TOKENS = 10_000;
const MAX_TOKENS_EACH = 100;
/** Also the name of a system user and of an owner of images, so it fits wherever those do. */
const USER_NAME = /^(?!.*\.\.)[a-z](?:[a-z0-9._-]{0,30}[a-z0-9])?$/;
/** When a token was last used is kept as coarsely as this: a busy client costs one write in that time. */
const USED_EVERY_MS = 5 * 60_000;
/** What a token begins with, so that one that got lost somewhere is recognised. */
const TOKEN_PREFIX = "brigade_";

const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");
const makeSecret = (): string => `${TOKEN_PREFIX}${randomBytes(32).toString("base64url")}`;
const makeId = (): string => randomBytes(4).toString("hex");

export class Users {
  readonly #options: UsersOptions;
  readonly #users: Map<string, User>;
  /** By id. */
  readonly #tokens: Map<string, ApiToken>;
  /** Token ids. */
  readonly #byHash: Map<string, string>;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: UsersOptions) {
    this.#options = options;
    this.#users = new Map(options.store.users().map((user) => [user.name, user]));
    this.#tokens = new Map(options.store.tokens().map((token) => [token.id, token]));
    this.#byHash = new Map([...this.#tokens.values()].map(({ hash, id }) => [hash, id]));
  }

  /** Who `candidate` is the token of, if it opens anything now. */
  authenticate(candidate: string): Admitted | undefined {
    if (this.#options.isFileToken(candidate)) return { principal: TOKEN_FILE_PRINCIPAL };
    const token = this.#tokens.get(this.#byHash.get(hashOf(candidate)) ?? "");
    const principal = token && this.#principalOf(token);
    if (!token || !principal) return undefined;
    this.#noteUse(token);
    return { principal, token: token.id };
  }

  /** Whether what somebody was let in by still holds: not revoked, expired or disabled, and the role is the same. */
  holds({ principal, token: id }: Admitted): boolean {
    if (id === undefined) return true;
    const token = this.#tokens.get(id);
    return token !== undefined && this.#principalOf(token)?.role === principal.role;
  }

  /** In natural order of names. */
  all(): readonly User[] {
    return [...this.#users.values()].sort((left, right) => naturalOrder(left.name, right.name));
  }

  byName(name: string): User | undefined {
    return this.#users.get(name);
  }

  /** Oldest first; of one user, or of all. */
  tokens(user?: string): readonly ApiToken[] {
    return [...this.#tokens.values()]
      .filter((token) => user === undefined || token.user === user)
      .sort((left, right) => left.createdAtMs - right.createdAtMs);
  }

  add({ name, role }: { readonly name: string; readonly role: Role }): Promise<AccessResult<User>> {
    return this.#inTurn(async () => {
      if (!USER_NAME.test(name)) return refused({ kind: "badUserName", name });
      if (this.#users.has(name) || name === TOKEN_FILE_PRINCIPAL.name)
        return refused({ kind: "userTaken", name });
      if (this.#users.size >= MAX_USERS) return refused({ kind: "tooMany", what: "users", most: MAX_USERS });
      const user = { name, role, createdAtMs: this.#options.nowMs(), disabled: false };
      await this.#save({ putUsers: [user] });
      this.#options.record({ kind: "userAdded", user: name, role });
      return done(user);
    });
  }

  /** What is absent stays as it is. */
  update(
    name: string,
    change: { readonly role?: Role | undefined; readonly disabled?: boolean | undefined },
  ): Promise<AccessResult<User>> {
    return this.#inTurn(async () => {
      const before = this.#users.get(name);
      if (!before) return refused({ kind: "unknownUser", name });
      const { role = before.role, disabled = before.disabled } = change;
      const user = { ...before, role, disabled };
      await this.#save({ putUsers: [user] });
      this.#options.record({ kind: "userChanged", user: name, role, disabled });
      return done(user);
    });
  }

  /** With all tokens of theirs. */
  remove(name: string): Promise<AccessResult<User>> {
    return this.#inTurn(async () => {
      const user = this.#users.get(name);
      if (!user) return refused({ kind: "unknownUser", name });
      await this.#save({ removeUsers: [name], removeTokens: this.tokens(name).map(({ id }) => id) });
      this.#options.record({ kind: "userRemoved", user: name });
      return done(user);
    });
  }

  /** @returns with the token's text, which is nowhere else and never comes again */
  createToken(wanted: {
    readonly user: string;
    readonly label: string;
    readonly expiresAtMs?: number | undefined;
  }): Promise<AccessResult<{ readonly token: ApiToken; readonly secret: string }>> {
    return this.#inTurn(async () => {
      const { user, label, expiresAtMs } = wanted;
      if (!this.#users.has(user)) return refused({ kind: "unknownUser", name: user });
      const expired = this.#expired();
      const living = this.tokens(user).filter(({ id }) => !expired.includes(id));
      if (living.length >= MAX_TOKENS_EACH)
        return refused({ kind: "tooMany", what: "tokens of one user", most: MAX_TOKENS_EACH });
      if (this.#tokens.size - expired.length >= MAX_TOKENS)
        return refused({ kind: "tooMany", what: "tokens", most: MAX_TOKENS });
      const secret = makeSecret();
      const createdAtMs = this.#options.nowMs();
      const token = { id: this.#freeId(), label, user, hash: hashOf(secret), createdAtMs, expiresAtMs };
      await this.#save({ removeTokens: expired, putTokens: [token] });
      this.#options.record({ kind: "tokenCreated", token: token.id, user });
      return done({ token, secret });
    });
  }

  revoke(id: string): Promise<AccessResult<ApiToken>> {
    return this.#inTurn(async () => {
      const token = this.#tokens.get(id);
      if (!token) return refused({ kind: "unknownToken", token: id });
      await this.#save({ removeTokens: [id] });
      this.#options.record({ kind: "tokenRevoked", token: id, user: token.user });
      return done(token);
    });
  }

  /** Removes tokens that open nothing any more. To be called once at start; making a token does it too. */
  dropExpired(): Promise<void> {
    return this.#inTurn(async () => {
      const expired = this.#expired();
      if (expired.length > 0) await this.#save({ removeTokens: expired });
    });
  }

  /** Ids. */
  #expired(): readonly string[] {
    return [...this.#tokens.values()].filter((token) => this.#isExpired(token)).map(({ id }) => id);
  }

  #isExpired({ expiresAtMs }: ApiToken): boolean {
    return expiresAtMs !== undefined && expiresAtMs <= this.#options.nowMs();
  }

  #principalOf(token: ApiToken): Principal | undefined {
    const { user: name } = token;
    const user = this.#users.get(name);
    if (!user || user.disabled || this.#isExpired(token)) return undefined;
    return { name, role: user.role, kind: "token" };
  }

  #noteUse(token: ApiToken): void {
    const nowMs = this.#options.nowMs();
    if (Math.abs(nowMs - (token.lastUsedAtMs ?? 0)) < USED_EVERY_MS) return;
    this.#tokens.set(token.id, { ...token, lastUsedAtMs: nowMs });
    void this.#options.store.saveUse(token.id, nowMs).catch(this.#options.onFault);
  }

  #freeId(): string {
    const id = makeId();
    return this.#tokens.has(id) ? this.#freeId() : id;
  }

  /** Stored first: what was not stored never counts, and what was removed is gone for good. */
  async #save(change: UserChange): Promise<void> {
    await this.#options.store.save(change);
    for (const id of change.removeTokens ?? []) {
      this.#byHash.delete(this.#tokens.get(id)?.hash ?? "");
      this.#tokens.delete(id);
    }
    for (const name of change.removeUsers ?? []) this.#users.delete(name);
    for (const user of change.putUsers ?? []) this.#users.set(user.name, user);
    for (const token of change.putTokens ?? []) {
      this.#tokens.set(token.id, token);
      this.#byHash.set(token.hash, token.id);
    }
  }

  /** One change at a time, or two that ask for one name would both find it free. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(change, change);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

const done = <T>(value: T): AccessResult<T> => ({ ok: true, value });
const refused = <T>(problem: AccessProblem): AccessResult<T> => ({ ok: false, problem });
