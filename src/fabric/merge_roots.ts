/** Which switches hang together. Pure. */

export class Roots {
  readonly #up: number[];

  constructor(count: number) {
    this.#up = Array.from({ length: count }, (_, index) => index);
  }

  rootOf(index: number): number {
    let at = index;
    for (let up = this.#up[at] ?? at; up !== at; up = this.#up[at] ?? at) {
      // The way is half as long the next time.
      this.#up[at] = this.#up[up] ?? up;
      at = up;
    }
    return at;
  }

  join(one: number, other: number): void {
    this.#up[this.rootOf(other)] = this.rootOf(one);
  }

  isJoined(one: number, other: number): boolean {
    return this.rootOf(one) === this.rootOf(other);
  }
}
