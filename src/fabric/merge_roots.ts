/** Which switches hang together. Pure. */

export class Roots {
  readonly #up: number[];

  constructor(count: number) {
    this.#up = Array.from({ length: count }, (_, index) => index);
  }

  rootOf(index: number): number {
    let at = index;
    while (this.#up[at] !== at) at = this.#up[at] ?? at;
    return at;
  }

  join(one: number, other: number): void {
    this.#up[this.rootOf(other)] = this.rootOf(one);
  }

  isJoined(one: number, other: number): boolean {
    return this.rootOf(one) === this.rootOf(other);
  }
}
