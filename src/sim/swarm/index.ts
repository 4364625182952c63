/** The door to random runs: apart from the simulator's own, so that only who draws runs loads fast-check. */
export * from "./coverage.ts";
export * from "./draw-run.ts";
export * from "./random-faults.ts";
export * from "./random-scenario.ts";
export * from "./stories.ts";
export * from "./control-stories.ts";
export * from "./tight-stories.ts";
export * from "./moving-stories.ts";
export * from "./rollback-stories.ts";
export * from "./scenario-arbitrary.ts";
export * from "./leaving-stories.ts";
export * from "./checkpoint-stories.ts";
