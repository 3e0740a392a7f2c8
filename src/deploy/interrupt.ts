/**
 * What may end a node's way from outside. One for each node, because signals
 * with thousands of listeners are slow.
 */
export class Interrupt {
  readonly #any = new AbortController();
  readonly #stop = new AbortController();
  #cancelled = false;

  /** Aborts with either. */
  get signal(): AbortSignal {
    return this.#any.signal;
  }

  /** Aborts when the appliance stops. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** The operator's wish: the node ends as cancelled. */
  cancel(): void {
    this.#cancelled = true;
    this.#any.abort(new Error("Cancelled by the operator"));
  }

  /** The appliance's end: the node stays as it is, for the next start to go on with. */
  stop(): void {
    const reason = new Error("The appliance stops");
    this.#stop.abort(reason);
    this.#any.abort(reason);
  }
}
