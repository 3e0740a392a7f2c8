/** What the event stream sends. */

/** `data` of an `event` message of `GET /events`. `id` is its sequence number. */
export type EventMessage = {
  readonly sequence: number;
  readonly atMs: number;
  readonly kind: string;
  readonly sentence: string;
  /** The event itself; its fields depend on `kind`. */
  readonly event: Readonly<Record<string, unknown>>;
};

/**
 * `data` of a `missed` message: what happened between these sequence numbers was forgotten before this client could
 * take it. Over a restart of the appliance the numbers jump, so their difference is no count.
 */
export type MissedMessage = { readonly after: number; readonly before: number };
