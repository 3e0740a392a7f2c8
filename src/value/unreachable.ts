/**
 * Marks a branch the type checker has proved empty. A new union member makes
 * every `switch` that forgot it fail to compile here.
 */
export function unreachable(value: never): never {
  throw new Error(`Unreachable value: ${JSON.stringify(value)}`);
}
