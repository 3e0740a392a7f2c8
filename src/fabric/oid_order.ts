/** OIDs in numbers with dots, compared number by number: RFC 3416 section 4.2.2. Pure. */

const DOT = 0x2e;
const ZERO = 0x30;

/** @returns below 0 when `left` comes before `right`, above 0 when after, 0 when they are the same */
export function compareOids(left: string, right: string): number {
  // Digit by digit and not with split(): a scan comes by here a million times.
  let [atLeft, atRight] = [0, 0];
  while (atLeft < left.length && atRight < right.length) {
    let [a, b] = [0, 0];
    for (; atLeft < left.length && left.charCodeAt(atLeft) !== DOT; atLeft++)
      a = a * 10 + left.charCodeAt(atLeft) - ZERO;
    for (; atRight < right.length && right.charCodeAt(atRight) !== DOT; atRight++)
      b = b * 10 + right.charCodeAt(atRight) - ZERO;
    if (a !== b) return a - b;
    atLeft++;
    atRight++;
  }
  return left.length - atLeft - (right.length - atRight);
}

/** Whether `oid` lies below `root`. */
export const isBelow = (oid: string, root: string): boolean =>
  oid.length > root.length && oid.charCodeAt(root.length) === DOT && oid.startsWith(root);
