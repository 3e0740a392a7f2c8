const collator = new Intl.Collator("en", { numeric: true, sensitivity: "variant" });

/** Orders names as people count: node2 before node10. For `Array.prototype.sort`. */
export const naturalOrder = (left: string, right: string): number => collator.compare(left, right);
