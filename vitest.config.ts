import { defineConfig } from "vitest/config";

const of = (...folders: readonly string[]): string[] =>
  folders.map((folder) => `test/${folder}/**/*.test.ts`);

/** Nothing in these leaves anything behind in its process: files may share one, and what it has loaded. */
const pure = of("apps", "core", "data", "observe");
const swarm = ["test/sim/random-runs.test.ts"];
const planted = of("planted");
/** Real processes and sockets, etcd, benches, terminals: of each kind one file at a time. */
const real = of("bench", "end-to-end");
const wire = of("net");
const terminal = of("tui");
const unit = of("**");

/** Real time passes in these: a machine that is several times slower must not make one late. */
const patient = { testTimeout: 180_000, hookTimeout: 180_000, maxWorkers: 1 };

/** What `.ci/run` runs side by side and times; `npm test` runs one after the other. */
export default defineConfig({
  test: {
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: "pure", include: pure, isolate: false, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          name: "unit",
          include: unit,
          exclude: [...pure, ...swarm, ...planted, ...real, ...wire, ...terminal],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: { name: "planted", include: planted, maxWorkers: 2, sequence: { groupOrder: 3 } },
      },
      { extends: true, test: { name: "swarm", include: swarm, maxWorkers: 2, sequence: { groupOrder: 3 } } },
      { extends: true, test: { name: "real", include: real, ...patient } },
      { extends: true, test: { name: "wire", include: wire, ...patient } },
      { extends: true, test: { name: "terminal", include: terminal, ...patient } },
    ],
  },
});
