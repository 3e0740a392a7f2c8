/** Nodes that stand before a breakpoint, and who lets them go on. */
export class Pauses {
  readonly #goOn = new Map<string, () => void>();

  /** Resolves when the node may go on. @throws signal.reason when the signal comes first */
  wait(node: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    this.#goOn.set(node, resolve);
    return promise.finally(() => {
      signal.removeEventListener("abort", onAbort);
      this.#goOn.delete(node);
    });
  }

  /** @returns false when the node does not wait */
  goOn(node: string): boolean {
    const goOn = this.#goOn.get(node);
    goOn?.();
    return goOn !== undefined;
  }
}
