import { defineConfig } from "vitest/config";

/** Real processes, sockets and terminals: one file at a time, so that none is late because of another. */
const real = ["bench", "end-to-end", "net", "tui"].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: "real", include: real, maxWorkers: 1, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: "virtual",
          include: ["test/**/*.test.ts"],
          exclude: real,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
