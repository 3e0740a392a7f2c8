/**
 * Does `act` for a few items at once and gives the results in the order of the items.
 *
 * @param depth how many may be under way; each of their results is held in memory
 */
export async function* ahead<T, R>(
  items: AsyncIterable<T>,
  depth: number,
  act: (item: T) => Promise<R>,
): AsyncGenerator<R, undefined> {
  const running: Promise<R>[] = [];
  for await (const item of items) {
    const result = act(item);
    // Heard here, so that one that fails while an earlier one is awaited ends nothing but this.
    result.catch(() => undefined);
    running.push(result);
    if (running.length < depth) continue;
    yield await (running.shift() as Promise<R>);
  }
  for (const result of running) yield await result;
  return undefined;
}
