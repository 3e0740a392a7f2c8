/** `*` stands for any characters, also none. Pure. */

/**
 * Takes at most as many steps as both lengths multiplied: a switch chooses its own name, and a backtracking expression
 * would let it stop the process.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let read = 0;
  // Behind the last star, and how far that star reaches: only it has to be tried longer.
  let behindStar = -1;
  let starEnd = 0;
  while (at < text.length) {
    if (pattern[read] === "*") {
      behindStar = ++read;
      starEnd = at;
    } else if (pattern[read] === text[at]) {
      read++;
      at++;
    } else if (behindStar >= 0) {
      read = behindStar;
      at = ++starEnd;
    } else return false;
  }
  while (pattern[read] === "*") read++;
  return read === pattern.length;
}
