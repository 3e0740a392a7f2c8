/** Nodes that stand before a breakpoint, and who lets them go on. */
export class Pauses {
  readonly #goOn = new Map<string, () => Promise<boolean>>();

  /**
   * Resolves when the node may go on, with what must be told whether that is durable.
   *
   * @throws signal.reason when the signal comes first
   */
  wait(node: string, signal: AbortSignal): Promise<(isSaved: boolean) => void> {
    const told = Promise.withResolvers<boolean>();
    const { promise, resolve, reject } = Promise.withResolvers<(isSaved: boolean) => void>();
    const onAbort = (): void => {
      this.#goOn.delete(node);
      reject(signal.reason);
    };
    this.#goOn.set(node, () => {
      this.#goOn.delete(node);
      resolve(told.resolve);
      return told.promise;
    });
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    return promise.finally(() => {
      signal.removeEventListener("abort", onAbort);
      this.#goOn.delete(node);
    });
  }

  /** Resolves with true when the node goes on and nothing can undo that; false when it does not wait. */
  async goOn(node: string): Promise<boolean> {
    return this.#goOn.get(node)?.() ?? false;
  }
}
