export const SOURCE = "10.0.0.1:7802";

/** Whether anybody can reach itself by going up its own lists. */
export function hasRing(lists: ReadonlyMap<string, readonly string[]>): boolean {
  const done = new Set<string>();
  const reaches = (node: string, path: ReadonlySet<string>): boolean => {
    if (path.has(node)) return true;
    if (done.has(node)) return false;
    const onward = new Set([...path, node]);
    const found = (lists.get(node) ?? []).some(
      (up) => up !== SOURCE && reaches(up.split(":")[0] ?? "", onward),
    );
    done.add(node);
    return found;
  };
  return [...lists.keys()].some((node) => reaches(node, new Set()));
}
