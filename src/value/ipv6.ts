/**
 * The text of sixteen bytes as RFC 5952 section 4 writes it: lower case, no leading zeros, the first of the
 * longest runs of two or more zero groups as `::`.
 *
 * @throws RangeError when `bytes` are not sixteen.
 */
export function ipv6FromBytes(bytes: Uint8Array): string {
  if (bytes.length !== 16)
    throw new RangeError(`Cannot read an IPv6 address from ${bytes.length} bytes: needs 16`);
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

function longestZeros(groups: readonly string[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === "0" ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}
