/** Who asks, and how much they may. Pure. */

/** Each may do what the ones before it may. Who may call what: `http/route_rights.ts`. */
export const ROLES = ["viewer", "user", "admin"] as const;
export type Role = (typeof ROLES)[number];

export type Principal = {
  readonly name: string;
  readonly role: Role;
  /** How they came in: by the token file of the data folder, or by a token that a user was given. */
  readonly kind: "tokenFile" | "token";
};

/** Whoever can read the token file of the data folder. There is always this one. */
export const TOKEN_FILE_PRINCIPAL: Principal = { name: "admin", role: "admin", kind: "tokenFile" };

export const isAtLeast = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);
