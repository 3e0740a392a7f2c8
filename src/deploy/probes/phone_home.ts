/**
 * Calls of new systems: "I run".
 *
 * The address that a system calls has a secret in it that belongs to one node, one deployment and one journey of it. It is
 * derived, not stored: the same after a restart of the appliance, and worth nothing when the node is done.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

/** Which installation it is about. */
export type HomeCall = { readonly deployment: string; readonly node: string; readonly round: number };

const TOKEN_DIGITS = 32;
const PATH = /^\/phone-home\/(d\d{1,15})\/([a-z0-9.-]{1,63})\/([0-9a-f]{32})$/;

export class PhoneHome {
  readonly #key: Uint8Array;
  readonly #serverOf: (node: string) => string | undefined;
  /** Heard by this process. Only of nodes that are on their way, so no more than those. */
  readonly #heard = new Set<string>();

  /**
   * @param from.key secret of the data directory, for this purpose alone
   * @param from.serverOf `http://ADDRESS:PORT` by which a node reaches us; nothing while it has no address
   */
  constructor(from: {
    readonly key: Uint8Array;
    readonly serverOf: (node: string) => string | undefined;
  }) {
    this.#key = from.key;
    this.#serverOf = from.serverOf;
  }

  /** Secret: what is called with it is believed. */
  urlFor(call: HomeCall): string | undefined {
    const server = this.#serverOf(call.node);
    return server && `${server}/phone-home/${call.deployment}/${call.node}/${this.#tokenOf(call)}`;
  }

  /** @returns whether the path is the one that belongs to this installation */
  isCall(path: string, call: HomeCall): boolean {
    const read = readCallPath(path);
    if (!read || read.deployment !== call.deployment || read.node !== call.node) return false;
    return timingSafeEqual(Buffer.from(read.token), Buffer.from(this.#tokenOf(call)));
  }

  hear(call: HomeCall): void {
    this.#heard.add(keyOf(call));
  }

  hasCalled(call: HomeCall): boolean {
    return this.#heard.has(keyOf(call));
  }

  /** The node's way has ended. */
  forget({ deployment, node }: Omit<HomeCall, "round">): void {
    for (const key of this.#heard) if (key.startsWith(`${deployment} ${node} `)) this.#heard.delete(key);
  }

  #tokenOf(call: HomeCall): string {
    return createHmac("sha256", this.#key).update(keyOf(call)).digest("hex").slice(0, TOKEN_DIGITS);
  }
}

const keyOf = ({ deployment, node, round }: HomeCall): string => `${deployment} ${node} ${round}`;

/** What a path says before it is believed. */
export function readCallPath(
  path: string,
): { readonly deployment: string; readonly node: string; readonly token: string } | undefined {
  const [, deployment, node, token] = PATH.exec(path) ?? [];
  return deployment && node && token ? { deployment, node, token } : undefined;
}
