import { defineConfig } from "vitest/config";

/** `unit`: pure and quick. `system`: real sockets, namespaces, processes. `lab`: QEMU machines, one at a time. `long`: the same, before a release. */
const project = (
  name: string,
  include: readonly string[],
  exclude: readonly string[],
  timeoutSec: number,
) => ({
  test: {
    name,
    include: [...include],
    exclude: [...exclude],
    isolate: name !== "unit",
    fileParallelism: name === "unit",
    testTimeout: timeoutSec * 1000,
    hookTimeout: timeoutSec * 1000,
  },
});

export default defineConfig({
  test: {
    projects: [
      project("unit", ["test/**/*.test.ts"], ["**/*.system.test.ts", "**/*.lab.test.ts", "**/*.long.test.ts"], 20),
      project("system", ["test/**/*.system.test.ts"], [], 120),
      project("lab", ["test/**/*.lab.test.ts"], [], 900),
      project("long", ["test/**/*.long.test.ts"], [], 1800),
    ],
  },
});
