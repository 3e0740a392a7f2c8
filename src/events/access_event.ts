/** Who came in, who did not, and what they changed. Never a token, nor what was taken for one. */
export type AccessEvent =
  | { readonly kind: "userAdded"; readonly user: string; readonly role: string }
  | {
      readonly kind: "userChanged";
      readonly user: string;
      readonly role: string;
      readonly disabled: boolean;
    }
  | { readonly kind: "userRemoved"; readonly user: string }
  /** `token` is its id. */
  | { readonly kind: "tokenCreated"; readonly token: string; readonly user: string }
  | { readonly kind: "tokenRevoked"; readonly token: string; readonly user: string }
  | {
      readonly kind: "accessDenied";
      readonly peer: string;
      /** Since the last such event of this address. */
      readonly times: number;
    }
  /** Somebody changed something, or tried to and was told why not. */
  | (Call & { readonly kind: "apiCalled" })
  /** Somebody asked for what their role may not. */
  | (Call & { readonly kind: "apiRefused" })
  /** What came too fast for an event each. */
  | { readonly kind: "apiCallsCounted"; readonly who: string; readonly times: number };

type Call = {
  readonly who: string;
  readonly role: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
};

const SENTENCES: {
  readonly [K in AccessEvent["kind"]]: (event: Extract<AccessEvent, { kind: K }>) => string;
} = {
  userAdded: ({ user, role }) => `User ${user} was added as ${role}`,
  userChanged: ({ user, role, disabled }) => `User ${user} is ${disabled ? "disabled" : role} now`,
  userRemoved: ({ user }) => `User ${user} was removed`,
  tokenCreated: ({ token, user }) => `Token ${token} of ${user} was made`,
  tokenRevoked: ({ token, user }) => `Token ${token} of ${user} was revoked`,
  accessDenied: ({ peer, times }) => `${peer} asked the API ${times} times without a good token`,
  apiCalled: ({ who, role, method, path, status }) => `${who} (${role}): ${method} ${path}: ${status}`,
  apiRefused: ({ who, role, method, path, status }) =>
    `${who} (${role}) may not: ${method} ${path}: ${status}`,
  apiCallsCounted: ({ who, times }) => `${who} made ${times} more calls than are told one by one`,
};

export const isAccessEvent = (event: { readonly kind: string }): event is AccessEvent =>
  Object.hasOwn(SENTENCES, event.kind);

/** The kind decides which sentence, so the event is what that sentence takes. */
export const describeAccess = <E extends AccessEvent>(event: E): string =>
  (SENTENCES[event.kind] as (event: E) => string)(event);
