/** The door to random runs: apart from the simulator's own, so that only who draws runs loads fast-check. */
export * from "./coverage.ts";
export * from "./draw-run.ts";
export { type Family, familyOf, faultFamilies } from "./random-faults.ts";
export * from "./random-scenario.ts";
export * from "./stories/losing.ts";
export * from "./stories/control.ts";
export * from "./stories/tight.ts";
export * from "./stories/moving.ts";
export * from "./stories/rollback.ts";
export * from "./scenario-arbitrary.ts";
export * from "./stories/leaving.ts";
export * from "./stories/checkpoint.ts";
