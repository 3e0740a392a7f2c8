/** Users and their tokens as they are kept, and what can be wrong with what is asked of them. */
import type { Role } from "./principal.ts";

export type User = {
  readonly name: string;
  readonly role: Role;
  readonly createdAtMs: number;
  /** Their tokens open nothing for as long. */
  readonly disabled: boolean;
};

/** A token as it is kept. The token itself is nowhere. */
export type ApiToken = {
  /** Short and random; says nothing about the token. */
  readonly id: string;
  readonly label: string;
  readonly user: string;
  /** SHA-256 of the token's text, hex: enough for 256 random bits. */
  readonly hash: string;
  readonly createdAtMs: number;
  /** To some minutes. Absent: never. */
  readonly lastUsedAtMs?: number | undefined;
  /** Absent: it does not expire. */
  readonly expiresAtMs?: number | undefined;
};

/** Why nothing was changed. */
export type AccessProblem =
  | { readonly kind: "badUserName"; readonly name: string }
  | { readonly kind: "userTaken"; readonly name: string }
  | { readonly kind: "unknownUser"; readonly name: string }
  | { readonly kind: "unknownToken"; readonly token: string }
  | {
      readonly kind: "tooMany";
      readonly what: "users" | "tokens" | "tokens of one user";
      readonly most: number;
    };

export function describeAccessProblem(problem: AccessProblem): string {
  switch (problem.kind) {
    case "badUserName":
      return `Cannot call a user ${JSON.stringify(problem.name)}: wants a small letter, then small letters, digits, "-", "_" and ".", at most 32, the last a letter or digit and no two dots together`;
    case "userTaken":
      return `Cannot add user "${problem.name}": there is one of that name`;
    case "unknownUser":
      return `No user is called "${problem.name}"; see "brigade user list"`;
    case "unknownToken":
      return `No token has id "${problem.token}"; see "brigade token list"`;
    case "tooMany":
      return `Cannot keep more than ${problem.most} ${problem.what}; remove some first`;
  }
}

/** Written in one transaction. Removals come first. */
export type UserChange = {
  readonly putUsers?: readonly User[];
  /** By name. */
  readonly removeUsers?: readonly string[];
  readonly putTokens?: readonly ApiToken[];
  /** By id. */
  readonly removeTokens?: readonly string[];
};

/** The questions that `Users` asks, and no more. */
export interface UserStore {
  /** Everything that was there at the start. Read once. */
  users(): readonly User[];
  tokens(): readonly ApiToken[];
  /** Resolves when the change would survive a SIGKILL of the appliance, or rejects and changed nothing. */
  save(change: UserChange): Promise<void>;
  /** Behind everything else, and without waiting for the disk: nobody depends on it. */
  saveUse(id: string, lastUsedAtMs: number): Promise<void>;
}

/** For tests: nothing survives the process. */
export class MemoryUserStore implements UserStore {
  readonly #users = new Map<string, User>();
  readonly #tokens = new Map<string, ApiToken>();

  users(): readonly User[] {
    return [...this.#users.values()];
  }

  tokens(): readonly ApiToken[] {
    return [...this.#tokens.values()];
  }

  async save(change: UserChange): Promise<void> {
    for (const id of change.removeTokens ?? []) this.#tokens.delete(id);
    for (const name of change.removeUsers ?? []) this.#users.delete(name);
    for (const user of change.putUsers ?? []) this.#users.set(user.name, user);
    for (const token of change.putTokens ?? []) this.#tokens.set(token.id, token);
  }

  async saveUse(id: string, lastUsedAtMs: number): Promise<void> {
    const token = this.#tokens.get(id);
    if (token) this.#tokens.set(id, { ...token, lastUsedAtMs });
  }
}
